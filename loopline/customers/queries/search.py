"""What a typed text finds: by name, pinyin, telephone and customer number in part, by document exactly."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import BigIntegerField, Func
from psycopg import sql

from loopline.customers.models import Customer, IdentityDocument
from loopline.customers.queries.customer import survivors, with_branch
from loopline.customers.rules import documents
from loopline.customers.rules.tokens import fold, search_words
from loopline.kernel import numbers, sealing
from loopline.kernel.permission import Actor, require
from loopline.kernel.postgres.compiled import Compiled, Given

TOKENS_READ = 1000
RANKED = 200
_AFTER_ALL = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Found:
    """Customers in order of how well they fit. `count` is a lower bound when `more` is true."""

    ids: list[int]
    count: int
    more: bool


NOTHING = Found([], 0, more=False)


def search(actor: Actor, text: str) -> Found:
    """Visible customers whose names or numbers contain every word; exact fits come first, merged files as theirs.

    Reads at most TOKENS_READ tokens, in the order of the index. What was typed is kept nowhere.
    """
    require(actor, "customers.view")
    words = search_words(text, actor.country)
    if not words:
        return NOTHING
    by_document = _by_document(actor, text)
    hits = _hits(words)
    moved = survivors({*by_document, *hits})
    by_document = [moved.get(key, key) for key in by_document]
    ids = list(dict.fromkeys(moved.get(key, key) for key in [*by_document, *hits]))
    ranked = _ranked(ids[:RANKED], words, by_document) + ids[RANKED:]
    return Found(ranked, len(ids), more=len(hits) > TOKENS_READ)


class _HavingNumber(Func):
    """The keys of the customers, of the whole tenant, who have a number."""

    function = "customers_having_number"
    template = "(SELECT %(function)s(%(expressions)s))"


_HAVING_NUMBER = Compiled(
    lambda: (
        with_branch()
        .filter(pk__in=_HavingNumber(Given("number"), output_field=BigIntegerField()))
        .order_by("id")
    )
)


def having_number(actor: Actor, number: str) -> list[Customer]:
    """Visible customers whom this telephone number reaches: at most five. Raises NotANumber."""
    require(actor, "customers.view")
    return _HAVING_NUMBER(number=numbers.e164(number, actor.country))


def _hits(words: list[str]) -> list[int]:
    """Customer ids in token order (a token that is the word itself sorts before longer ones)."""
    first, *others = sorted(words, key=len, reverse=True)
    clauses = [sql.SQL("t.tenant_id = current_setting('app.tenant')::int AND t.token >= %s AND t.token < %s")]
    values: list[str | int] = [first, first + _AFTER_ALL]
    for word in others:
        clauses.append(
            sql.SQL(
                "EXISTS (SELECT FROM customers_searchtoken o WHERE o.customer_id = t.customer_id "
                "AND o.token >= %s AND o.token < %s)"
            )
        )
        values += [word, word + _AFTER_ALL]
    statement = sql.SQL(
        "SELECT t.customer_id FROM customers_searchtoken t WHERE {} "
        "ORDER BY t.tenant_id, t.token, t.customer_id LIMIT %s"
    ).format(sql.SQL(" AND ").join(clauses))
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, TOKENS_READ + 1])
        return [key for (key,) in cursor.fetchall()]


def _by_document(actor: Actor, text: str) -> list[int]:
    plain = documents.tidy(fold(text))
    prints = [sealing.fingerprint(actor.tenant_id, kind, plain) for kind in documents.could_be(plain)]
    if not prints:
        return []
    rows = IdentityDocument.objects.filter(tenant_id=actor.tenant_id, fingerprint__in=prints)
    return list(rows.values_list("customer_id", flat=True))


def _ranked(ids: list[int], words: list[str], by_document: list[int]) -> list[int]:
    whole = "".join(words)
    values = {
        key: [fold(name).replace(" ", ""), fold(number)]
        for key, name, number in Customer.objects.filter(pk__in=ids).values_list("pk", "name", "number")
    }

    def fit(key: int) -> int:
        if key in by_document:
            return 0
        known = values.get(key, [])
        if whole in known:
            return 1
        return 2 if any(value.startswith(whole) for value in known) else 3

    return sorted((key for key in ids if key in values), key=fit)
