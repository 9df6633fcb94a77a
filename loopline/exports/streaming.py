"""A file that is written while it is sent, in a transaction of its own: the request's is over by then."""

from collections.abc import Iterator

from django.http import QueryDict, StreamingHttpResponse
from django.utils import translation

from loopline.exports.targets import Table
from loopline.kernel import sheets
from loopline.kernel.permission import Actor
from loopline.kernel.scope import enter

FORMS = {"csv": "text/csv; charset=utf-8", "xlsx": sheets.XLSX}


def streamed(actor: Actor, name: str, table: Table, asked: QueryDict, form: str) -> StreamingHttpResponse:
    """The answer that carries a table out as csv, or as Excel, under the row security of whoever takes it."""
    language = translation.get_language() or "en"

    def blocks() -> Iterator[sheets.Block]:
        with translation.override(language), enter(actor.scope):
            yield from table.blocks(actor, asked)

    form = form if form in FORMS else "csv"
    body = sheets.as_xlsx(blocks()) if form == "xlsx" else sheets.as_csv(blocks())
    response = StreamingHttpResponse(body, content_type=FORMS[form])
    response["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    response["Cache-Control"] = "no-store"
    return response
