"""The looks at cubes that people keep."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from loopline.kernel.models import PublicId, TenantRow


class Shared(models.TextChoices):
    """With whom a view is shared."""

    NOBODY = "", _("Only me")
    UNIT = "unit", _("My unit")
    ALL = "all", _("Everybody")


class SavedView(TenantRow):
    """A look at a cube: `address` is the query of the pivot's page, which holds the whole of it.

    Seen by its owner and those it is shared with (his unit: whoever works in it or above). One without a name is where
    its owner last left the cube. One that was removed is kept, so that this can be taken back.
    """

    row_policy: ClassVar[str] = "view"
    public_id = PublicId()
    owner = models.ForeignKey("identity.Staff", on_delete=models.CASCADE, related_name="+")
    unit = models.ForeignKey("identity.Unit", on_delete=models.CASCADE, related_name="+")
    cube = models.TextField()
    name = models.TextField(default="")
    address = models.TextField(default="")
    shared = models.TextField(choices=Shared, default=Shared.NOBODY, blank=True)
    pinned = models.BooleanField(default=False)
    used_at = models.DateTimeField(db_default=Now())
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "cube", "name"],
                condition=models.Q(removed_at__isnull=True),
                name="olap_view_name",
            )
        ]
        indexes = [models.Index(fields=["tenant_id", "cube", "-used_at"], name="olap_view_used")]
