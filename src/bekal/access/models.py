"""Who may come in, as whom, and what they did."""

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from bekal.access.errors import ProposalStateWrong
from bekal.core.errors import BekalError, NotFound
from bekal.core.names import clean_name


class Role(models.TextChoices):
    """Each person has one role, so that nobody can both propose and approve."""

    PARTICIPANT = "participant", _("participant")
    PROVIDER = "provider", _("training provider")
    OPERATOR = "operator", _("operator")
    APPROVER = "approver", _("approver")
    AUDITOR = "auditor", _("auditor")


OFFICERS = frozenset({Role.OPERATOR, Role.APPROVER, Role.AUDITOR})
"""The programme office: a second factor is required of them."""


class UserManager(BaseUserManager["User"]):
    def create_user(
        self, *, email: str | None, password: str | None, name: str, role: Role, phone_index: bytes | None = None
    ) -> "User":
        address = None if email is None else self.normalize_email(clean_name(email)).lower()
        user = User(email=address, phone_index=phone_index, name=clean_name(name), role=role)
        user.set_password(password)
        user.save()
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """Someone who can log in, known by an e-mail address, by a telephone number, or by either (`logins.py`).

    `phone_index` is the blind index of the number. `name` is empty until a newcomer has typed it.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(unique=True, null=True)
    phone_index = models.BinaryField(max_length=32, unique=True, null=True)
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
            models.CheckConstraint(
                condition=models.Q(email__isnull=False) | models.Q(phone_index__isnull=False), name="user_known_by_something"
            ),
        ]

    def __str__(self) -> str:
        return self.email or str(self.public_id)

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
        indexes = [
            models.Index(fields=["subject", "id"]),
            models.Index(fields=["id"], name="act_of_login", condition=models.Q(verb__startswith="login.")),
            models.Index(fields=["id"], name="act_of_office", condition=~models.Q(verb__startswith="login.")),
        ]


class Pool(models.TextChoices):
    """From which allowance a try at an account's password or code is taken (`access/tries.py`)."""

    BROWSER = "browser"
    NETWORK = "network"
    FIRST = "first"
    OTHER = "other"


class KnownBrowser(models.Model):
    """A browser in which somebody logged in; it keeps the token in a signed cookie, this row only the token's hash.

    One browser may be known for several accounts, as a phone that a family shares. Its tries are counted apart from everybody
    else's, so that nobody who guesses elsewhere holds its owner out.
    """

    token_sha256 = models.BinaryField(max_length=32)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    known_at = models.DateTimeField()
    entered_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "token_sha256"], name="knownbrowser_once")]


class Encounter(models.Model):
    """When one network last had a first try at one account, and when somebody last came in from there.

    `account` is a keyed hash of the user, or of the name typed, and of what is guessed, so that names nobody has are counted
    alike and none is kept.
    """

    account = models.BinaryField(max_length=32)
    network = models.CharField(max_length=64)
    tried_at = models.DateTimeField(null=True)
    entered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "network"], name="encounter_once")]
        indexes = [models.Index(fields=["tried_at"], name="encounter_stranger", condition=models.Q(entered_at=None))]


class Try(models.Model):
    """A password or a code that was judged and not right, or is being judged. What was right is taken back."""

    account = models.BinaryField(max_length=32)
    network = models.CharField(max_length=64)
    pool = models.CharField(max_length=8, choices=Pool)
    browser = models.ForeignKey(KnownBrowser, on_delete=models.CASCADE, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["account", "at"], name="try_account"),
            models.Index(fields=["network", "at"], name="try_network"),
            models.Index(fields=["at"], name="try_at"),
        ]


class LastCode(models.Model):
    """The counter of the last one-time code with which somebody came in: it and those before it never open again (RFC 6238)."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    counter = models.BigIntegerField()


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


class ProposalState(models.TextChoices):
    """The states that every proposal has. A model with further ones, which all come after an approval, repeats these first."""

    PROPOSED = "proposed", _("proposed")
    APPROVED = "approved", _("approved")
    CANCELLED = "cancelled", _("cancelled")


_WITHOUT_APPROVER = [ProposalState.PROPOSED, ProposalState.CANCELLED]


class Proposal(models.Model):
    """What one person proposes and another must approve before it happens.

    A model inherits it with `class Meta(Proposal.Meta)`, and adds to its constraints with `[*Proposal.Meta.constraints, …]`:
    the database itself then wants a second person. `proposing`, `approving` and `cancel` in `access/services.py` write the rows;
    `reason` is for the kinds of proposal that ask why.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(max_length=16, choices=ProposalState, default=ProposalState.PROPOSED)
    reason = models.TextField(default="")
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approved_by__isnull=True) | ~models.Q(approved_by=models.F("proposed_by")),
                name="%(app_label)s_%(class)s_second_person",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by__isnull=True, approved_at__isnull=True, state__in=_WITHOUT_APPROVER)
                | (models.Q(approved_by__isnull=False, approved_at__isnull=False) & ~models.Q(state__in=_WITHOUT_APPROVER)),
                name="%(app_label)s_%(class)s_whole_approval",
            ),
        ]

    if TYPE_CHECKING:  # Django makes it of `state`'s choices, which its types see on a whole model only.

        def get_state_display(self) -> str: ...

    def act_details(self) -> dict[str, str | int | None]:
        """What the log of acts keeps beside who and when; never an identity number."""
        return {"reason": self.reason} if self.reason else {}

    def unknown(self) -> BekalError:
        """What is raised where the row is gone."""
        return NotFound(what=self._meta.verbose_name, name=self.pk)

    def wrong_state(self) -> BekalError:
        """What is raised where the state does not allow an act."""
        return ProposalStateWrong(state=self.get_state_display())
