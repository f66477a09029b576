"""The tables of the ledger. Rows are written by the functions in `schema` and the statements in `sql`, never here.

What a row must hold is in `schema` too.
"""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from bekal.access.models import Proposal, ProposalState
from bekal.ledger.errors import RunStateWrong, UnknownRun

GENESIS = bytes(32)
"""What takes the place of the previous hash of an owner's first transfer."""


class Balance(models.Model):
    """The row of an owner: what is left, the last sequence number, the head of its chain, the day it closed.

    `fund` is the account of the wave fund that its money came from (a fund's own id for a fund, none for a provider).
    """

    owner = models.BigIntegerField(primary_key=True)
    fund = models.BigIntegerField(null=True)
    available_idr = models.BigIntegerField(db_default=0)
    sequence = models.IntegerField(db_default=0)
    closed_on = models.DateField(null=True)
    head = models.BinaryField(max_length=32)

    class Meta:
        db_table = "ledger_balance"
        indexes = [models.Index(fields=["fund"], name="balance_fund")]


class Transfer(models.Model):
    """One amount from one account to another. Append-only."""

    pk = models.CompositePrimaryKey("owner", "sequence")
    owner = models.BigIntegerField()
    debit = models.BigIntegerField()
    credit = models.BigIntegerField()
    amount_idr = models.BigIntegerField()
    after_idr = models.BigIntegerField()
    posted_at = models.DateTimeField()
    sequence = models.IntegerField()
    posting_date = models.DateField()
    run = models.IntegerField(null=True)
    key = models.TextField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        db_table = "ledger_transfer"
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="transfer_key_once")]


class Pool(models.Model):
    """The directory of pools. `scope` names what a pool is for, such as the fund and the fiscal year of returned money."""

    id = models.BigIntegerField(primary_key=True)
    kind = models.SmallIntegerField()
    scope = models.CharField(max_length=64)

    class Meta:
        db_table = "ledger_pool"
        constraints = [models.UniqueConstraint(fields=["kind", "scope"], name="pool_scope_once")]


class RunState(models.TextChoices):
    """The states of a run: those of every proposal, and `finished` once everything is posted."""

    PROPOSED = ProposalState.PROPOSED.value, _("proposed")
    APPROVED = ProposalState.APPROVED.value, _("approved, posting")
    FINISHED = "finished", _("finished")
    CANCELLED = ProposalState.CANCELLED.value, _("cancelled")


class Run(Proposal):
    """Many accounts moved at once, proposed by one person and approved by another, with frozen targets.

    `parameters` are what the SQL of the run's kind asks for, besides what has a column: `fund`, `granting` (the pool from which a
    run that allocates grants) and `returned` (the pool of what returns).
    """

    id = models.AutoField(primary_key=True)
    kind = models.CharField(max_length=32)
    state = models.CharField(max_length=16, choices=RunState, default=RunState.PROPOSED)
    fund = models.BigIntegerField()
    granting = models.BigIntegerField(null=True)
    returned = models.BigIntegerField(null=True)
    parameters = models.JSONField(default=dict)
    posting_date = models.DateField(null=True)
    finished_at = models.DateTimeField(null=True)
    target_count = models.IntegerField(default=0)
    bound_idr = models.BigIntegerField(default=0)
    cursor = models.BigIntegerField(default=0)
    posted_count = models.IntegerField(default=0)
    posted_idr = models.BigIntegerField(default=0)
    skipped_count = models.IntegerField(default=0)

    objects: ClassVar[models.Manager["Run"]] = models.Manager()

    class Meta(Proposal.Meta):
        db_table = "ledger_run"
        constraints = [
            *Proposal.Meta.constraints,
            models.CheckConstraint(condition=models.Q(posted_idr__lte=models.F("bound_idr")), name="run_within_bound"),
            models.CheckConstraint(
                condition=models.Q(state__in=[RunState.PROPOSED, RunState.CANCELLED]) | models.Q(posting_date__isnull=False),
                name="run_dated_before_posting",
            ),
        ]
        indexes = [models.Index(fields=["fund", "kind"], name="run_fund_kind")]

    def act_details(self) -> dict[str, str | int | None]:
        """The kind, and what was asked for and posted."""
        return {
            **super().act_details(),
            "kind": self.kind,
            "targets": self.target_count,
            "bound_idr": self.bound_idr,
            "posted_idr": self.posted_idr,
        }

    def unknown(self) -> UnknownRun:
        """There is no such run."""
        return UnknownRun(run=self.pk)

    def wrong_state(self) -> RunStateWrong:
        """The run's state does not allow the act."""
        return RunStateWrong(state=self.get_state_display())


class RunTarget(models.Model):
    """One transfer that a run may make for an owner, and how much at most. Frozen at the proposal.

    `place` counts an owner's targets in one run from 1, in the order in which they are posted.
    """

    pk = models.CompositePrimaryKey("run", "owner", "place")
    run = models.IntegerField()
    owner = models.BigIntegerField()
    place = models.SmallIntegerField()
    debit = models.BigIntegerField()
    credit = models.BigIntegerField()
    bound_idr = models.BigIntegerField()
    key = models.TextField()

    class Meta:
        db_table = "ledger_run_target"


class RunSkip(models.Model):
    """A target that a run passed over, and why."""

    pk = models.CompositePrimaryKey("run", "owner", "place")
    run = models.IntegerField()
    owner = models.BigIntegerField()
    place = models.SmallIntegerField()
    reason = models.CharField(max_length=64)

    class Meta:
        db_table = "ledger_run_skip"


class Closing(models.Model):
    """The one row that says through which posting day the ledger is closed; none at first. Never behind a seal."""

    id = models.SmallIntegerField(primary_key=True)
    through = models.DateField(null=True)

    class Meta:
        db_table = "ledger_closing"


class Seal(models.Model):
    """What the ledger held of every posting day through `day`, in one hash. Append-only; docs/statements.md describes the bytes.

    `owners` counts the leaves under `root`; `previous` is the hash of the seal before it.
    """

    number = models.IntegerField(primary_key=True)
    day = models.DateField(unique=True)
    sealed_at = models.DateTimeField()
    owners = models.BigIntegerField()
    root = models.BinaryField(max_length=32)
    pools_sha256 = models.BinaryField(max_length=32)
    previous = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    class Meta:
        db_table = "ledger_seal"


class SealBlock(models.Model):
    """The root over a block of a seal's leaves, beginning with that of `first_owner`: one owner's proof reads one block."""

    pk = models.CompositePrimaryKey("seal", "position")
    seal = models.IntegerField()
    position = models.IntegerField()
    first_owner = models.BigIntegerField()
    root = models.BinaryField(max_length=32)

    class Meta:
        db_table = "ledger_seal_block"


class SealPool(models.Model):
    """What a pool held at the end of a seal's day; a pool without a row held nothing.

    A whole number of rupiah, of as many digits as a sum of transfers may have: all that 16 bytes hold.
    """

    pk = models.CompositePrimaryKey("seal", "pool")
    seal = models.IntegerField()
    pool = models.BigIntegerField()
    total_idr = models.DecimalField(max_digits=39, decimal_places=0)

    class Meta:
        db_table = "ledger_seal_pool"
