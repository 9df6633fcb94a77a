"""My log: read by an index, and lists of words as each language divides them."""

from django.db import connection
from django.utils import translation

from loopline.kernel import formats
from loopline.kernel.models import Event, current_tenant


def test_what_one_did_is_found_by_an_index_that_leaves_out_the_system(operator):
    with operator.door("clerk1") as actor:
        rows = Event.objects.filter(tenant_id=current_tenant(), actor_id=actor.staff_id).order_by("-id")
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
            assert "kernel_event_actor" in rows[:41].explain()
            cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'kernel_event_actor'")
            assert cursor.fetchone()[0].endswith("WHERE (actor_id > 0)")


def test_words_are_listed_as_the_language_divides_them():
    for language, told in (("zh-hans", "店员、主管"), ("en", "店员, 主管")):
        with translation.override(language):
            assert formats.listed(["店员", "主管"]) == told
