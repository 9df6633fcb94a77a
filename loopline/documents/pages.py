"""Opening a file: with the reader's permission, logged, and with headers under which it can do no harm."""

from urllib.parse import quote
from uuid import UUID

from django.http import FileResponse, HttpResponseBase
from django.urls import path
from django.views.decorators.http import require_safe

from loopline.documents import actions, queries, store
from loopline.documents.rules.types import SHOWN_INLINE
from loopline.kernel.errors import NotFound
from loopline.kernel.pages import Request


@require_safe
def open_document(request: Request, public_id: UUID) -> HttpResponseBase:
    """The file itself: pictures are shown, everything else is downloaded."""
    document = queries.get_document(request.actor, public_id)
    path = store.path_of(request.actor.tenant_id, document.place)
    if not path.is_file():
        raise NotFound
    actions.note_look(actor=request.actor, document=document, address=request.META.get("REMOTE_ADDR", ""))
    answer = FileResponse(path.open("rb"), content_type=document.media_type)
    shown = "inline" if document.media_type in SHOWN_INLINE else "attachment"
    answer["Content-Disposition"] = f"{shown}; filename*=UTF-8''{quote(document.name)}"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    answer["Cache-Control"] = "private, no-store"
    answer["ETag"] = f'"{document.sha256}"'
    return answer


urlpatterns = [path("documents/<uuid:public_id>", open_document, name="document")]
