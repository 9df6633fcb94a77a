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
    needs_second_step = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "code"], name="identity_role_code")]


class Staff(TenantRow):
    """A member of staff, who signs in under a name unique within his operator."""

    may_stand_in = True
    """Not kept: false where the door has seen that nobody has delegated to him, which spares a look."""
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
    password_set_at = models.DateTimeField(db_default=Now())
    failures = models.IntegerField(default=0)
    locks = models.IntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    email = models.TextField(default="", db_default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "tenant_id", models.functions.Lower("user_name"), name="identity_staff_user_name"
            ),
            models.UniqueConstraint(
                "tenant_id",
                models.functions.Lower("email"),
                condition=~models.Q(email=""),
                name="identity_staff_email",
            ),
        ]


class StaffRole(TenantRow):
    """A role that a member of staff has."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE)
    role = models.ForeignKey(Role, on_delete=models.PROTECT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff", "role"], name="identity_staffrole_once")]


class SignInRules(TenantRow):
    """What an operator asks of passwords, and how it answers failed sign-ins; without a row the defaults hold.

    `history` counts the former passwords that may not come again, `days_valid` is 0 where passwords do not age. After
    `failures_to_lock` failures a sign-in is locked for `lock_minutes`, each further time twice as long.
    Where there is an `emergency` administrator, no password opens anything but his: people come in by a provider only.
    """

    min_length = models.IntegerField(default=10)
    history = models.IntegerField(default=5)
    days_valid = models.IntegerField(default=0)
    failures_to_lock = models.IntegerField(default=5)
    lock_minutes = models.IntegerField(default=15)
    emergency = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id"], name="identity_rules_once")]

    @property
    def only_providers(self) -> bool:
        """Whether passwords are closed."""
        return self.emergency_id is not None


class FormerPassword(TenantRow):
    """A password that somebody had, hashed, so that it does not come again."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE)
    password = models.TextField()
    until = models.DateTimeField(db_default=Now())


class Provider(TenantRow):
    """Somebody else's sign-in that an operator trusts (OpenID Connect); its secret is sealed.

    `trusts_second_step`: where the provider says that it asked for more than a password, our second step is not
    asked for. `adds_staff`: whom we do not know yet is added, with `role` in `unit`.
    """

    public_id = PublicId()
    name = models.TextField()
    issuer = models.TextField()
    client_id = models.TextField()
    wrapped = models.BinaryField()
    sealed = models.BinaryField()
    is_active = models.BooleanField(default=True)
    trusts_second_step = models.BooleanField(default=False)
    adds_staff = models.BooleanField(default=False)
    role = models.ForeignKey(Role, null=True, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")


class ProviderAccount(TenantRow):
    """Who somebody is at a provider: found by e-mail once, by the provider's own subject ever after."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE)
    subject = models.TextField()
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE)
    since = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "subject"], name="identity_provider_subject")
        ]


class PendingSignIn(TenantRow):
    """A sign-in that has gone to a provider and has not come back; it is taken once."""

    key_digest = models.BinaryField(unique=True)
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE)
    nonce = models.TextField()
    verifier = models.TextField()
    target = models.TextField(default="/")
    expires_at = models.DateTimeField(db_index=True)


class Step(models.TextChoices):
    """What a sign-in still waits for before anything else opens."""

    CODE = "code", _("Code of the second step")
    PASSWORD = "password", _("New password")
    SECOND_STEP = "second_step", _("Set up the second step")


class Session(TenantRow):
    """A sign-in from a browser. The cookie holds the key, this row only its digest.

    While it waits for a step it opens that step's page and nothing else. One that a provider opened keeps that
    provider and, sealed, what the provider wants to see again at signing out.
    """

    key_digest = models.BinaryField(unique=True)
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE)
    created_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    address = models.TextField(default="")
    agent = models.TextField(default="")
    waits_for = models.TextField(choices=Step, default="")
    provider = models.ForeignKey(Provider, null=True, on_delete=models.CASCADE, related_name="+")
    sealed_hint = models.BinaryField(null=True)
    public_id = PublicId()


class SecondStep(TenantRow):
    """The second step of somebody's sign-in: a time-based code (RFC 6238) from a device of his.

    The secret is sealed. `last_used` is the time step of the last code, so that none serves twice; `spare_codes`
    are digests of codes for the day on which the device is lost.
    """

    staff = models.OneToOneField(Staff, on_delete=models.CASCADE, related_name="second_step")
    wrapped = models.BinaryField()
    sealed = models.BinaryField()
    confirmed_at = models.DateTimeField(null=True)
    last_used = models.BigIntegerField(default=0)
    spare_codes = models.JSONField(default=list)


class Delegation(TenantRow):
    """While somebody is away a colleague stands in: he sees what the other sees and may do what the other may."""

    public_id = PublicId()
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="delegations")
    to = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="stands_in")
    first_day = models.DateField()
    last_day = models.DateField()
    reason = models.TextField(default="")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["to", "last_day"], name="identity_delegation_to")]


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
    public_id = PublicId()

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
