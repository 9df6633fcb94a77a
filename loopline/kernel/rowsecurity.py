"""Row level security for every model, from the base class it has. Run after each migration, idempotent.

PostgreSQL enforces tenant and branch; application code has no filter to forget. Which rows a policy shows:

tenant    rows of the tenant
branch    rows of the tenant whose unit is in the scope
customer  rows of the tenant whose branch is in the scope, or whose customer is opened besides
handled   as customer, and rows of which a unit in the scope works on
part      rows of which the row they are part of is seen
sharing   as customer, and rows of which the line that shares is seen
message   rows addressed to or written by the member of staff
appointment  rows of the member of staff, those he takes part in, and of his branches what is not private
view      rows of the member of staff, and those shared with all or with a unit in the scope
shared    everybody reads, the owner role writes
"""

from collections.abc import Iterator

from django.apps import apps
from django.db import connection, models

from loopline.kernel.definers import Definer
from loopline.kernel.modules import brought

TENANT = "tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)"
WHOLE = "(SELECT current_setting('app.whole', true) = 't')"
IN_BRANCH = "branch_id = ANY ((SELECT nullif(current_setting('app.branches', true), '')::bigint[])::bigint[])"
HANDLES = "unit_id = ANY ((SELECT nullif(current_setting('app.branches', true), '')::bigint[])::bigint[])"
CUSTOMERS = "ANY ((SELECT nullif(current_setting('app.customers', true), '')::bigint[])::bigint[])"
STAFF = "(SELECT nullif(current_setting('app.staff', true), '')::bigint)"

POLICIES = {
    "tenant": TENANT,
    "tenant_append_only": TENANT,
    "tenant_itself": TENANT.replace("tenant_id", "id", 1),
    "branch": f"{TENANT} AND ({WHOLE} OR {IN_BRANCH})",
    "customer": f"{TENANT} AND ({WHOLE} OR {IN_BRANCH} OR customer_id = {CUSTOMERS})",
    "customer_itself": f"{TENANT} AND ({WHOLE} OR {IN_BRANCH} OR id = {CUSTOMERS})",
    "task": f"{TENANT} AND ({WHOLE} OR {IN_BRANCH} OR assignee_id = {STAFF} OR customer_id = {CUSTOMERS})",
    "handled": f"{TENANT} AND ({WHOLE} OR {IN_BRANCH} OR {HANDLES} OR customer_id = {CUSTOMERS})",
    "event": f"{TENANT} AND (branch_id IS NULL OR {WHOLE} OR {IN_BRANCH} OR customer_id = {CUSTOMERS})",
    "message": f"{TENANT} AND (sender_id = {STAFF} OR recipient_id = {STAFF})",
    "appointment": f"{TENANT} AND (owner_id = {STAFF} OR (NOT is_private AND ({WHOLE} OR {IN_BRANCH})) OR EXISTS "
    f"(SELECT FROM desk_attendance a WHERE a.appointment_id = desk_appointment.id AND a.staff_id = {STAFF}))",
    "sharing": f"{TENANT} AND ({WHOLE} OR {IN_BRANCH} OR customer_id = {CUSTOMERS} OR EXISTS "
    "(SELECT FROM subscriptions_subscription m WHERE m.id = subscriptions_sharing.member_id))",
    "view": f"{TENANT} AND (owner_id = {STAFF} OR shared = 'all' OR (shared = 'unit' AND ({WHOLE} OR {HANDLES})))",
    "shared": "true",
}
"""What each policy shows; the first query of a statement computes the settings once, not per row."""

APP, JOBS, OWNER = "loopline_app", "loopline_jobs", "loopline_owner"
JOB_TENANT = "(args->>'tenant')::int = (SELECT nullif(current_setting('app.tenant', true), '')::int)"
LIBRARY_TABLES = {
    "procrastinate_jobs": JOB_TENANT,
    "procrastinate_events": "EXISTS (SELECT FROM procrastinate_jobs j WHERE j.id = job_id)",
    "procrastinate_periodic_defers": "false",
    "procrastinate_workers": "false",
}
"""Tables that a library brings; the worker's own role sees them all, the application only its tenant's jobs."""

UNGUARDED = {"django_migrations"}
"""Relations without data of any tenant."""

TOUCH = """
CREATE OR REPLACE FUNCTION kernel_touch_{column}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.{column} := pg_current_xact_id()::text::bigint;
  RETURN NEW;
END $$
"""

BURY = """
CREATE OR REPLACE FUNCTION kernel_bury() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO kernel_tombstone (tenant_id, relation, row_id, changed_xid)
  VALUES (OLD.tenant_id, TG_TABLE_NAME, OLD.id, 0);
  RETURN OLD;
END $$
"""

FIND_TENANT = """
CREATE OR REPLACE FUNCTION identity_find_tenant(wanted text) RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  SELECT id FROM identity_tenant WHERE is_active AND lower(code) = lower(wanted)
$$
"""

TENANT_IDS = """
CREATE OR REPLACE FUNCTION identity_tenant_ids() RETURNS SETOF integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  SELECT id FROM identity_tenant WHERE is_active ORDER BY id
$$
"""

_BEFORE_SIGN_IN = [
    Definer("identity_find_tenant", "text", FIND_TENANT),
    Definer("identity_tenant_ids", "", TENANT_IDS),
]
DEFINERS = [
    *_BEFORE_SIGN_IN,
    *(definer for definers in brought("definers").values() for definer in definers.DEFINERS),
]
DEFINER_FUNCTIONS = {definer.name for definer in DEFINERS}
"""The functions that look past row security: they return keys of tenants, or masked cards of the own tenant."""


def guarded_models() -> Iterator[type[models.Model]]:
    """Every model of ours that has a table."""
    for model in apps.get_models(include_auto_created=True):
        if model.__module__.startswith("loopline.") and model._meta.managed:
            yield model


def policy_of(model: type[models.Model]) -> str:
    """The policy expression of a model. Raises AttributeError when its base class names none."""
    policy: str = model.row_policy  # type: ignore[attr-defined]
    if policy != "part":
        return POLICIES[policy]
    # The policies of the parent's table hold inside the subquery too.
    parent = model._meta.get_field(model.row_parent)  # type: ignore[attr-defined]
    table = parent.related_model._meta.db_table  # type: ignore[union-attr]
    return f"{TENANT} AND EXISTS (SELECT FROM {table} p WHERE p.id = {model._meta.db_table}.{parent.column})"  # type: ignore[union-attr]


def statements() -> Iterator[str]:
    """The SQL that brings the database to the rules above."""
    yield from (TOUCH.format(column="changed_xid"), TOUCH.format(column="xid"), BURY)
    for definer in DEFINERS:
        yield definer.statement
        yield f"REVOKE ALL ON FUNCTION {definer.name}({definer.arguments}) FROM PUBLIC"
        yield f"GRANT EXECUTE ON FUNCTION {definer.name}({definer.arguments}) TO {APP}, {JOBS}"
    for model in guarded_models():
        yield from _guard(model)
    # The definer functions run as the owner, who is under FORCE like everybody else.
    yield from _policy("identity_tenant", "true", OWNER, name="owner")
    for table in sorted({table for definer in DEFINERS for table in definer.reads}):
        yield from _policy(table, TENANT, OWNER, name="owner")
    for table, condition in LIBRARY_TABLES.items():
        yield from _policy(table, condition, APP)
        yield from _policy(table, "true", JOBS, name="worker")
        yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {JOBS}"
    yield f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP}, {JOBS}"


def _guard(model: type[models.Model]) -> Iterator[str]:
    table = model._meta.db_table
    rights = "SELECT" if policy_of(model) == "true" else "SELECT, INSERT, UPDATE, DELETE"
    if model.row_policy == "tenant_append_only":  # type: ignore[attr-defined]
        rights = "SELECT, INSERT"
    yield f"REVOKE ALL ON {table} FROM {APP}"
    yield f"GRANT {rights} ON {table} TO {APP}"
    yield from _policy(table, policy_of(model), APP)
    columns = {str(field.column) for field in model._meta.local_fields}
    for column in sorted(columns & {"changed_xid", "xid"}):
        if model._meta.label_lower == "kernel.handlercursor":
            continue
        # An event keeps its place in the log when its customer moves to another branch.
        moment = "INSERT" if column == "xid" else "INSERT OR UPDATE"
        yield (
            f"CREATE OR REPLACE TRIGGER touch BEFORE {moment} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION kernel_touch_{column}()"
        )
        if column == "changed_xid" and table != "kernel_tombstone":
            yield (
                f"CREATE OR REPLACE TRIGGER bury BEFORE DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION kernel_bury()"
            )


def _policy(table: str, condition: str, role: str, name: str = "scope") -> Iterator[str]:
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
    yield f"DROP POLICY IF EXISTS {name} ON {table}"
    yield f"CREATE POLICY {name} ON {table} TO {role} USING ({condition})"


def apply() -> None:
    """Bring the connected database (as its owner) to the rules, in one transaction."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        for statement in statements():
            cursor.execute(statement)
        cursor.execute("COMMIT")


if __name__ == "__main__":
    import django

    django.setup()
    apply()
