"""The tables of the ledger. Rows are written by the functions in `migrations/sql` and the statements in `sql`, never here.

What a row must hold is there too (`0007_sound_rows.sql`).
"""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

GENESIS = bytes(32)
"""What stands in for the previous hash of an owner's first transfer."""


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
    """The directory of pools. `scope` names what a pool stands for, such as the fund and the fiscal year of returned money."""

    id = models.BigIntegerField(primary_key=True)
    kind = models.SmallIntegerField()
    scope = models.CharField(max_length=64)

    class Meta:
        db_table = "ledger_pool"
        constraints = [models.UniqueConstraint(fields=["kind", "scope"], name="pool_scope_once")]


class RunState(models.TextChoices):
    PROPOSED = "proposed", _("proposed")
    APPROVED = "approved", _("approved, posting")
    FINISHED = "finished", _("finished")
    CANCELLED = "cancelled", _("cancelled")


class Run(models.Model):
    """Many accounts moved at once, proposed by one person and approved by another, with frozen targets."""

    id = models.AutoField(primary_key=True)
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=32)
    state = models.CharField(max_length=16, choices=RunState, default=RunState.PROPOSED)
    fund = models.BigIntegerField()
    parameters = models.JSONField(default=dict)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    posting_date = models.DateField(null=True)
    finished_at = models.DateTimeField(null=True)
    target_count = models.IntegerField(default=0)
    bound_idr = models.BigIntegerField(default=0)
    cursor = models.BigIntegerField(default=0)
    posted_count = models.IntegerField(default=0)
    posted_idr = models.BigIntegerField(default=0)
    skipped_count = models.IntegerField(default=0)

    class Meta:
        db_table = "ledger_run"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approved_by__isnull=True) | ~models.Q(approved_by=models.F("proposed_by")),
                name="run_second_person",
            ),
            models.CheckConstraint(condition=models.Q(posted_idr__lte=models.F("bound_idr")), name="run_within_bound"),
            models.CheckConstraint(
                condition=models.Q(state__in=[RunState.PROPOSED, RunState.CANCELLED])
                | models.Q(approved_by__isnull=False, posting_date__isnull=False),
                name="run_approved_before_posting",
            ),
        ]
        indexes = [models.Index(fields=["fund", "kind"], name="run_fund_kind")]


class RunTarget(models.Model):
    """What a run may move for one owner, at most. Frozen at the proposal."""

    pk = models.CompositePrimaryKey("run", "owner")
    run = models.IntegerField()
    owner = models.BigIntegerField()
    debit = models.BigIntegerField()
    credit = models.BigIntegerField()
    bound_idr = models.BigIntegerField()
    key = models.TextField()

    class Meta:
        db_table = "ledger_run_target"


class RunSkip(models.Model):
    """A target that a run passed over, and why."""

    pk = models.CompositePrimaryKey("run", "owner")
    run = models.IntegerField()
    owner = models.BigIntegerField()
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
    """What a pool held at the end of a seal's day; a pool without a row held nothing."""

    pk = models.CompositePrimaryKey("seal", "pool")
    seal = models.IntegerField()
    pool = models.BigIntegerField()
    total_idr = models.BigIntegerField()

    class Meta:
        db_table = "ledger_seal_pool"
