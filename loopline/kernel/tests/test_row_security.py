"""Nobody sees another tenant or branch: on every model, through every read path, with raw SQL too."""

import pytest
from django.db import DatabaseError, connection, transaction

from loopline.kernel import rowsecurity
from loopline.kernel.scope import NOBODY, NoScope, Scope, enter

GUARDED = list(rowsecurity.guarded_models())


def test_a_query_outside_a_door_raises(database):
    from loopline.identity.models import Unit

    with pytest.raises(NoScope):
        list(Unit.objects.all())


def test_a_lazy_queryset_read_after_its_door_has_closed_raises(operator):
    from loopline.identity.models import Unit

    with operator.door():
        late = Unit.objects.all()
    with pytest.raises(NoScope):
        list(late)


def test_doors_do_not_nest(operator):
    with operator.door(), pytest.raises(RuntimeError, match="nest"), enter(NOBODY):
        pass


def test_every_relation_of_the_schema_is_guarded_or_named_as_an_exception(database):
    """Tables without FORCE row security, views, materialised views and definer functions are escapes."""
    with enter(NOBODY), connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname, c.relkind::text, c.relrowsecurity AND c.relforcerowsecurity,
                   (SELECT count(*) FROM pg_policies p WHERE p.tablename = c.relname)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
              AND n.nspname NOT LIKE 'pg_temp%' AND n.nspname NOT LIKE 'pg_toast%'
              AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
            """
        )
        relations = cursor.fetchall()
    escapes = [
        name
        for name, kind, forced, policies in relations
        if name not in rowsecurity.UNGUARDED and not (kind in "rp" and forced and policies)
    ]
    assert escapes == []
    assert {model._meta.db_table for model in GUARDED} <= {name for name, *_ in relations}


def test_only_the_named_functions_look_past_row_security(database):
    with enter(NOBODY), connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')
            """
        )
        assert {name for (name,) in cursor.fetchall()} == rowsecurity.DEFINER_FUNCTIONS


def test_the_application_role_owns_nothing_and_bypasses_nothing(database):
    with enter(NOBODY), connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == (False, False, False)
        cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole")
        assert cursor.fetchone() == (0,)


def test_the_audit_cannot_be_rewritten(operator):
    from loopline.kernel.models import AccessRecord

    with operator.door():
        AccessRecord.objects.create(kind="reveal", staff_name="周衡")
    with pytest.raises(DatabaseError), operator.door():
        AccessRecord.objects.update(staff_name="nobody")
    with pytest.raises(DatabaseError), operator.door():
        AccessRecord.objects.all().delete()


def test_one_operator_never_sees_another_through_any_model_or_raw_sql(operator):
    from loopline.testing import found_operator

    other = found_operator(operator.code + "b")
    with operator.door():
        for model in GUARDED:
            key = "id" if model.row_policy == "tenant_itself" else "tenant_id"
            if rowsecurity.policy_of(model) == "true":
                continue
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT count(*) FROM {model._meta.db_table} WHERE {key} = %s", [other.tenant]
                )
                assert cursor.fetchone() == (0,), model
                cursor.execute(
                    f"SELECT count(*) FROM {model._meta.db_table} WHERE {key} <> %s", [operator.tenant]
                )
                assert cursor.fetchone() == (0,), model
            assert not model._default_manager.filter(**{key: other.tenant}).exists(), model


def test_a_row_of_another_tenant_cannot_be_written_changed_or_deleted(operator):
    from loopline.identity.models import Role, Unit
    from loopline.testing import found_operator

    other = found_operator(operator.code + "c")
    with operator.door():
        assert Unit.objects.filter(tenant_id=other.tenant).update(name="taken over") == 0
        assert Role.objects.filter(tenant_id=other.tenant).delete() == (0, {})
        with pytest.raises(DatabaseError), transaction.atomic():
            Role.objects.create(tenant_id=other.tenant, code="x", name="x")
    with other.door():
        assert Unit.objects.filter(name="taken over").count() == 0


def test_a_scope_that_names_no_tenant_sees_no_tenant(operator):
    from loopline.identity.models import Staff, Tenant

    with enter(NOBODY):
        assert Tenant.objects.count() == 0
        assert Staff.objects.count() == 0


def test_the_setting_left_by_a_finished_transaction_opens_nothing(operator):
    """After SET LOCAL ends the setting is an empty string: the policies must read it as no tenant."""
    from loopline.identity.models import Staff

    with operator.door():
        pass
    with connection.cursor.__self__.connection.cursor() as raw:
        raw.execute("SELECT count(*) FROM identity_staff")
        assert raw.fetchone() == (0,)
    with enter(Scope(operator.tenant)):
        assert Staff.objects.count() == 7
