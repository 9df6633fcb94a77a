"""Keeping a file, moving it along with what it hangs on, taking it out."""

import hashlib

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from loopline.documents import store
from loopline.documents.events import DocumentRemoved
from loopline.documents.models import Document
from loopline.documents.rules import types
from loopline.kernel.errors import NotFound, Refusal
from loopline.kernel.events import record
from loopline.kernel.models import AccessRecord
from loopline.kernel.permission import Actor

LARGEST = 20 * 2**20
MOST = 50


class TooLarge(Refusal):
    """The file is larger than we take."""

    code = "file_too_large"
    sentence = _("A file may have at most %(most)s MB.")


class TypeNotTaken(Refusal):
    """The bytes are not of a kind that we take, or the name says something else than they do."""

    code = "file_type_not_taken"
    sentence = _("This kind of file is not taken. Pictures, PDF, Office documents, text and recordings are.")


class TooMany(Refusal):
    """A thing has enough files."""

    code = "too_many_files"
    sentence = _("At most %(most)s files can hang here.")


def keep_document(
    *,
    actor: Actor,
    about: models.Model,
    name: str,
    content: bytes,
    branch: int,
    unit: int | None = None,
    customer: int | None = None,
) -> Document:
    """Check a file and hang it on `about`; the caller has checked that the actor may change that.

    Raises TooLarge, TypeNotTaken, TooMany.
    """
    if len(content) > LARGEST:
        raise TooLarge(field="file", most=LARGEST // 2**20)
    media_type = types.sniff(content)
    shown = types.clean_name(name)
    if media_type is None or not types.fits(shown, media_type):
        raise TypeNotTaken(field="file")
    kind = about._meta.label_lower
    if Document.objects.filter(about_kind=kind, about_id=about.pk).count() >= MOST:
        raise TooMany(field="file", most=MOST)
    return Document.objects.create(
        about_kind=kind,
        about_id=about.pk,
        branch_id=branch,
        unit_id=unit,
        customer_id=customer,
        name=shown,
        media_type=media_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        place=store.write(actor.tenant_id, content),
        by_id=actor.staff_id,
        by_name=actor.name,
    )


def follow(*, about: models.Model, branch: int, unit: int | None, customer: int | None) -> None:
    """The files go with what they hang on: to another branch, unit or customer."""
    rows = Document.objects.filter(about_kind=about._meta.label_lower, about_id=about.pk)
    rows.update(branch_id=branch, unit_id=unit, customer_id=customer)


def note_look(*, actor: Actor, document: Document, address: str) -> None:
    """Somebody opens a file of a customer: the audit keeps it."""
    if document.customer_id is not None:
        AccessRecord.objects.create(
            kind="document",
            staff_id=actor.staff_id,
            staff_name=actor.name,
            customer_id=document.customer_id,
            field=document.name,
            address=address,
        )


def remove_document(*, actor: Actor, document: Document) -> None:
    """Take a file out: only who added it does, or the system. The bytes go once the transaction has committed."""
    if document.by_id != actor.staff_id and not actor.is_system:
        raise NotFound
    tenant, place = actor.tenant_id, document.place
    about = f"{document.about_kind}:{document.about_id}"
    record(DocumentRemoved(file=document.name, about=about), about=document, by=actor)
    document.delete()
    transaction.on_commit(lambda: store.remove(tenant, place))
