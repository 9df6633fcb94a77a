"""Files and what they hang on."""

from django.db import models
from django.db.models.functions import Now

from loopline.kernel.models import HandledRow, PublicId


class Document(HandledRow):
    """A file: its bytes lie outside the web root under `place`, a random name; here is what is known of them.

    `about_kind` and `about_id` name what it hangs on (`cases.ticket`, its key). Branch, unit and customer are those
    of that row, so that it is seen by the same people.
    """

    public_id = PublicId()
    about_kind = models.TextField()
    about_id = models.BigIntegerField()
    name = models.TextField()
    media_type = models.TextField()
    size = models.BigIntegerField()
    sha256 = models.TextField(db_collation="C")
    place = models.TextField(db_collation="C")
    by_id = models.BigIntegerField(default=0)
    by_name = models.TextField(default="")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["about_kind", "about_id", "id"], name="documents_about"),
            models.Index(fields=["customer", "-id"], name="documents_customer"),
        ]
        constraints = [models.UniqueConstraint(fields=["tenant_id", "place"], name="documents_place")]
