"""Cases: what about a person must be decided by two others, on evidence."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from bekal.access.models import Proposal, ProposalState
from bekal.participants.models import EVIDENCE_CHARACTERS, REASON_CHARACTERS, Participant, Screening
from bekal.programmes.models import Wave


class CaseKind(models.TextChoices):
    """What a case is about."""

    VERIFICATION = "verification", _("verification")
    HIT = "hit", _("screening hit")
    DOUBLE = "double", _("likely double")


class CaseState(models.TextChoices):
    """Where a case stands. One whose question was settled elsewhere, as by the registry, is closed without a decision."""

    OPEN = "open", _("open")
    DECIDED = "decided", _("decided")
    CLOSED = "closed", _("settled elsewhere")


class Outcome(models.TextChoices):
    """What can be decided; each kind has two of them (`kinds.py`)."""

    CONFIRMED = "confirmed", _("the registration is right")
    REFUSED = "refused", _("the registration is not confirmed")
    CLEARED = "cleared", _("the person may take part")
    EXCLUDED = "excluded", _("the person may not take part")
    TWO_PEOPLE = "two_people", _("two different people")
    ONE_PERSON = "one_person", _("one person, registered twice")


class Case(models.Model):
    """One question about a person.

    `reason` says what was found: what the NIK says otherwise, or the rule that excludes. `other` is the person who may be the
    same one. `wave` is the one in which a rule excludes the person.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=16, choices=CaseKind)
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(Participant, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    reason = models.CharField(max_length=REASON_CHARACTERS, default="")
    state = models.CharField(max_length=16, choices=CaseState, default=CaseState.OPEN)
    outcome = models.CharField(max_length=16, choices=Outcome, default="")
    opened_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("case")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "participant", "other", "wave", "reason"],
                condition=models.Q(state="open"),
                nulls_distinct=False,
                name="case_once_open",
            ),
            models.CheckConstraint(condition=models.Q(kind__in=list(CaseKind)), name="case_kind_known"),
            models.CheckConstraint(
                condition=models.Q(state=CaseState.OPEN, outcome="", decided_at__isnull=True)
                | (models.Q(state=CaseState.DECIDED, decided_at__isnull=False) & ~models.Q(outcome=""))
                | models.Q(state=CaseState.CLOSED, outcome="", decided_at__isnull=False),
                name="case_decided_with_outcome",
            ),
        ]
        indexes = [
            models.Index(fields=["opened_at", "id"], name="case_waiting", condition=models.Q(state="open")),
            models.Index(fields=["kind", "opened_at", "id"], name="case_waiting_of_kind", condition=models.Q(state="open")),
        ]


class Decision(Proposal):
    """What an operator proposes to decide, and the evidence for it; a second person approves it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=16, choices=Outcome)
    evidence = models.CharField(max_length=EVIDENCE_CHARACTERS)

    class Meta(Proposal.Meta):
        verbose_name = _("decision")
        constraints = [
            *Proposal.Meta.constraints,
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(state=ProposalState.PROPOSED), name="decision_one_at_a_time"
            ),
            models.CheckConstraint(condition=~models.Q(evidence=""), name="decision_with_evidence"),
        ]

    def act_details(self) -> dict[str, str | int | None]:
        """Which case, what was decided, and on what."""
        return {"case": str(self.case.public_id), "outcome": self.outcome, "evidence": self.evidence}


class Opening(models.Model):
    """That an officer opened what is sealed of a person, for a case. The person can see it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="openings")
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="+")
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()


class DoublesSearch(models.Model):
    """That doubles were looked for after a screening."""

    screening = models.OneToOneField(Screening, on_delete=models.PROTECT, primary_key=True, related_name="doubles_search")
    searched_at = models.DateTimeField()
