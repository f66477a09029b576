"""The draw of a wave's places: its acts, everybody's number, and the bytes that are published."""

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from bekal.access.models import Proposal
from bekal.programmes.models import Wave

BEACON_CHARACTERS: Final = 32


class DrawState(models.TextChoices):
    """How far a draw is. It is cancelled from any of these but the last."""

    PROPOSED = "proposed", _("frozen, to be approved")
    APPROVED = "approved", _("approved, to be published")
    CANCELLED = "cancelled", _("cancelled")
    PUBLISHED = "published", _("published, waits for the random value")
    VALUED = "valued", _("the random value is there")
    ORDERED = "ordered", _("drawn, to be announced")
    ANNOUNCED = "announced", _("announced")


_WITH_VALUE: Final = [DrawState.VALUED, DrawState.ORDERED, DrawState.ANNOUNCED]
_UNAPPROVED: Final = [DrawState.PROPOSED, DrawState.CANCELLED]


class Draw(Proposal):
    """A draw of the places of a wave: who froze the applications, and what was done since.

    `header` is the first line of the file of applications, `root` the Merkle root over its lines, `block_roots` those over each
    4,096 of them, so that a proof reads one block. `round` counts; where nobody
    hands in its signature in time, `late_round` does. `value_round` is whose `signature` was handed in. `nonce_key_sealed` is
    the key of which the nonces are made (`form.nonces_of_block`), sealed under the installation's key.
    """

    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="draws", db_index=False)
    state = models.CharField(max_length=16, choices=DrawState, default=DrawState.PROPOSED)
    beacon = models.CharField(max_length=BEACON_CHARACTERS)
    round = models.BigIntegerField()
    late_round = models.BigIntegerField()
    count = models.PositiveIntegerField(default=0)
    places = models.PositiveIntegerField()
    reserve_until = models.DateField()
    header = models.TextField(default="")
    root = models.BinaryField(max_length=32, default=b"")
    block_roots = models.BinaryField(default=b"")
    nonce_key_sealed = models.BinaryField(default=b"")
    published_at = models.DateTimeField(null=True)
    value_round = models.BigIntegerField(null=True)
    signature = models.BinaryField(max_length=48, null=True)
    valued_at = models.DateTimeField(null=True)
    ordered_at = models.DateTimeField(null=True)
    placed_count = models.PositiveIntegerField(null=True)
    reserve_count = models.PositiveIntegerField(null=True)
    household_full_count = models.PositiveIntegerField(null=True)
    announced_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    reserve_ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("draw")
        constraints = [
            Proposal.Meta.constraints[0],
            # Unlike other proposals, a draw can be cancelled after it was approved.
            models.CheckConstraint(
                condition=models.Q(approved_by__isnull=True, approved_at__isnull=True, state__in=_UNAPPROVED)
                | (models.Q(approved_by__isnull=False, approved_at__isnull=False) & ~models.Q(state=DrawState.PROPOSED)),
                name="draw_whole_approval",
            ),
            models.CheckConstraint(condition=models.Q(state__in=list(DrawState)), name="draw_state_known"),
            models.UniqueConstraint(fields=["wave"], condition=~models.Q(state="cancelled"), name="draw_one_for_a_wave"),
            models.CheckConstraint(
                condition=models.Q(signature__isnull=True, value_round__isnull=True, valued_at__isnull=True)
                & ~models.Q(state__in=_WITH_VALUE)
                | models.Q(signature__isnull=False, value_round__isnull=False, valued_at__isnull=False)
                & models.Q(state__in=[*_WITH_VALUE, DrawState.CANCELLED]),
                name="draw_value_in_order",
            ),
        ]

    def act_details(self) -> dict[str, str | int | None]:
        """What is fixed by it, and why it was cancelled."""
        fixed: dict[str, str | int | None] = {
            "root": bytes(self.root).hex(),
            "round": self.round,
            "applications": self.count,
            "places": self.places,
        }
        return {**fixed, "reason": self.reason} if self.reason else fixed

    @property
    def is_published(self) -> bool:
        """Whether its files can be downloaded: they stay when it is cancelled."""
        return self.published_at is not None


class DrawNumber(models.Model):
    """Which number an application has in a draw. Without foreign keys: a freeze writes millions in one go."""

    pk = models.CompositePrimaryKey("application", "draw")
    application = models.BigIntegerField()
    draw = models.BigIntegerField()
    number = models.PositiveIntegerField()


class PartKind(models.TextChoices):
    """What a part is of."""

    APPLICATIONS = "applications"
    """The file of applications: a gzip file of up to 4,096 lines."""
    LEAVES = "leaves"
    """Their leaves, 32 bytes each."""
    KEYS = "keys"
    """The primary keys of the applications, int64, by number; what is at index 0 is the header's and says nothing."""
    RESULTS = "results"
    """The file of results: a gzip file of up to 4,096 lines."""
    OUTCOMES = "outcomes"
    """Of each number from 1: where in the order of the draw it is, from 0, and what became of it (`OUTCOME_OF_NUMBER`)."""


class DrawPart(models.Model):
    """Up to 4,096 entries of what belongs to a draw, as bytes. Append-only, as are the numbers."""

    pk = models.CompositePrimaryKey("draw", "kind", "position")
    draw = models.BigIntegerField()
    kind = models.CharField(max_length=16, choices=PartKind)
    position = models.PositiveIntegerField()
    content = models.BinaryField()


class SignatureTry(models.Model):
    """That somebody handed in a signature from a network, right or wrong: checking one costs time. Cleared after an hour."""

    network = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["network", "at"], name="signaturetry_network"),
            models.Index(fields=["at"], name="signaturetry_at"),
        ]
