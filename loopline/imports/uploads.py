"""Files out of a request: bounded before they are kept, and known by a form field of their own."""

from collections.abc import Callable
from functools import wraps

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from loopline.imports.inspection import readable
from loopline.imports.refusals import FileTooLarge, NoFileChosen
from loopline.imports.storage import UPLOAD_BYTES

type View = Callable[..., HttpResponse]


class Quota(FileUploadHandler):
    """Lets so many bytes through and drops the rest without keeping them."""

    chunk_size = 256 * 1024

    def __init__(self, request: HttpRequest, allowed: int) -> None:
        super().__init__(request)
        self.allowed, self.seen = allowed, 0

    @property
    def exceeded(self) -> bool:
        """Whether more came than is allowed."""
        return self.seen > self.allowed

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Pass a chunk on. Raises SkipFile once it is too much: the rest is read and thrown away."""
        self.seen += len(raw_data)
        if self.exceeded:
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> "UploadedFile[bytes] | None":
        """The handlers behind make the file."""
        return None


def bounded(view: View, allowed: int = UPLOAD_BYTES) -> View:
    """A view whose uploads are bounded. The check of the form's origin reads the body, so it comes after."""
    protected = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        quota = Quota(request, allowed)
        request.upload_handlers.insert(0, quota)
        request.upload_quota = quota  # type: ignore[attr-defined]
        return protected(request, *args, **kwargs)

    return guarded


def uploaded(request: HttpRequest, field: str = "file") -> "UploadedFile[bytes]":
    """The file of a form field. Raises FileTooLarge or NoFileChosen (none was sent)."""
    quota: Quota | None = getattr(request, "upload_quota", None)
    file = request.FILES.get(field)
    if quota is not None and quota.exceeded:
        raise FileTooLarge(field=field, allowed=readable(quota.allowed))
    if not isinstance(file, UploadedFile):
        raise NoFileChosen(field=field)
    return file
