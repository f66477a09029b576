"""Who may come in, as whom, and what they did."""

import uuid

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """One role a person: whoever proposes can never also be the one who approves."""

    PARTICIPANT = "participant", _("participant")
    PROVIDER = "provider", _("training provider")
    OPERATOR = "operator", _("operator")
    APPROVER = "approver", _("approver")
    AUDITOR = "auditor", _("auditor")


OFFICERS = frozenset({Role.OPERATOR, Role.APPROVER, Role.AUDITOR})
"""The programme office: a second factor is required of them."""


class UserManager(BaseUserManager["User"]):
    def create_user(self, *, email: str, password: str | None, name: str, role: Role) -> "User":
        user = User(email=self.normalize_email(email).lower(), name=name, role=role)
        user.set_password(password)
        user.save()
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """Someone who can log in, known by an e-mail address."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=16, choices=Role)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name", "role"]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(email=models.functions.Lower("email")), name="user_email_lower"),
            models.CheckConstraint(condition=models.Q(role__in=list(Role)), name="user_role_known"),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_officer(self) -> bool:
        return self.role in OFFICERS


class Act(models.Model):
    """One line in the log of acts; the database refuses to change or delete it."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    verb = models.CharField(max_length=64)
    subject = models.CharField(max_length=200)
    details = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["subject", "id"])]


class ApiKey(models.Model):
    """What another system shows to ask for recommendations. Only the hash of its secret part is kept."""

    public_id = models.CharField(max_length=16, unique=True)
    name = models.CharField(max_length=100)
    secret_sha256 = models.BinaryField(max_length=32)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=models.Q(revoked_at__isnull=True), name="apikey_name_once"),
            models.CheckConstraint(condition=~models.Q(name=""), name="apikey_has_name"),
        ]

    def __str__(self) -> str:
        return self.name
