"""The door of this module for other modules."""

from loopline.documents.actions import (
    LARGEST,
    TooLarge,
    TypeNotTaken,
    follow,
    keep_document,
    remove_document,
)
from loopline.documents.models import Document
from loopline.documents.queries import content_of, documents_of, get_document, permissions

__all__ = [
    "LARGEST",
    "Document",
    "TooLarge",
    "TypeNotTaken",
    "content_of",
    "documents_of",
    "follow",
    "get_document",
    "keep_document",
    "permissions",
    "remove_document",
]
