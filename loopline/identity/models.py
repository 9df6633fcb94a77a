"""Tenants, the organisation tree, staff and their sign-ins."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from loopline.kernel.models import PublicId, TenantRow


class Tenant(models.Model):
    """An operator. Several live on one installation; none sees another.

    `ahead_to` is the day that a simulated operator has reached beyond the calendar.
    """

    row_policy: ClassVar[str] = "tenant_itself"
    public_id = PublicId()
    code = models.SlugField(max_length=40, unique=True)
    name = models.TextField()
    name_en = models.TextField(default="")
    currency = models.CharField(max_length=3, default="CNY")
    time_zone = models.TextField(default="Asia/Shanghai")
    country = models.TextField(default="86")
    is_active = models.BooleanField(default=True)
    ahead_to = models.DateField(null=True)
    created_at = models.DateTimeField(db_default=Now())


class Level(models.TextChoices):
    """The typed levels of the organisation tree, from the top."""

    COMPANY = "company", _("Company")
    PROVINCE = "province", _("Province")
    CITY = "city", _("City")
    DISTRICT = "district", _("District")
    BRANCH = "branch", _("Branch")
    HALL = "hall", _("Hall")
    TEAM = "team", _("Team")


class Unit(TenantRow):
    """A node of the organisation tree. `path` lists the ids from the root: `/1/4/9/`."""

    public_id = PublicId()
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    level = models.TextField(choices=Level)
    code = models.TextField()
    name = models.TextField()
    name_en = models.TextField(default="")
    path = models.TextField(default="", db_collation="C")
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "code"], name="identity_unit_code")]
        indexes = [models.Index(fields=["tenant_id", "path"], name="identity_unit_path")]


class Role(TenantRow):
    """A named set of permissions."""

    code = models.TextField()
    name = models.TextField()
    name_en = models.TextField(default="")
    permissions = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "code"], name="identity_role_code")]


class Staff(TenantRow):
    """A member of staff, who signs in under a name unique within his operator."""

    public_id = PublicId()
    user_name = models.TextField()
    name = models.TextField()
    name_en = models.TextField(default="")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="staff")
    roles = models.ManyToManyField(Role, through="StaffRole")
    password = models.TextField(default="!")
    language = models.TextField(default="")
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)
    failures = models.IntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "tenant_id", models.functions.Lower("user_name"), name="identity_staff_user_name"
            )
        ]


class StaffRole(TenantRow):
    """A role that a member of staff has."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE)
    role = models.ForeignKey(Role, on_delete=models.PROTECT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff", "role"], name="identity_staffrole_once")]


class Session(TenantRow):
    """A sign-in from a browser. The cookie holds the key, this row only its digest."""

    key_digest = models.BinaryField(unique=True)
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE)
    created_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    address = models.TextField(default="")
    agent = models.TextField(default="")


class Token(TenantRow):
    """A bearer token of the API, kept as a digest.

    `scopes` are `api:right` with `*` for any and the rights read, write and clear (personal data unmasked); none
    means reading and writing everything that its member of staff may, masked.
    """

    key_digest = models.BinaryField(unique=True)
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE)
    label = models.TextField(default="")
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True)

    def allows(self, api: str, right: str, *, unless_named: bool = True) -> bool:
        """Whether the scopes hold a right in an API; `unless_named` is the answer of a token without scopes."""
        if not self.scopes:
            return unless_named
        return any(f"{one}:{right}" in self.scopes for one in (api, "*"))


class WalkIn(TenantRow):
    """A customer of another branch, opened to one member of staff for the day, with the reason."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE)
    customer_key = models.BigIntegerField()
    reason = models.TextField()
    until = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["staff", "until"], name="identity_walkin_staff")]


class Assignment(TenantRow):
    """A customer assigned to a member of staff, who therefore sees him wherever he belongs."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE)
    customer_key = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer_key", "staff"], name="identity_assignment_once")
        ]
