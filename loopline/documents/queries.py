"""Which files there are. Row security shows those of what the person sees."""

from uuid import UUID

from django.db import models

from loopline.documents import store
from loopline.documents.models import Document
from loopline.kernel.errors import NotFound
from loopline.kernel.permission import Actor, require
from loopline.kernel.registry import Registry

permissions: Registry[str] = Registry("permission to open files")
"""What a file hangs on (`cases.ticket`) → the permission that opens it. A kind nobody registered opens for nobody."""


def documents_of(about: models.Model) -> list[Document]:
    """The files of a thing, the oldest first."""
    rows = Document.objects.filter(about_kind=about._meta.label_lower, about_id=about.pk)
    return list(rows.order_by("id"))


def get_document(actor: Actor, public_id: UUID) -> Document:
    """One file that the actor may open. Raises NotFound, NotAllowed."""
    found = Document.objects.filter(public_id=public_id).first()
    if found is None or found.about_kind not in permissions:
        raise NotFound
    require(actor, permissions[found.about_kind])
    return found


def content_of(document: Document) -> bytes:
    """The bytes of a file, for the module whose thing it hangs on: it has decided who opens it. Raises NotFound."""
    path = store.path_of(document.tenant_id, document.place)
    if not path.is_file():
        raise NotFound
    return path.read_bytes()
