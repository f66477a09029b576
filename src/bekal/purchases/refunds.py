"""Giving the price back when a training is cancelled."""

from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from bekal.access.models import Role, User
from bekal.access.services import require_role
from bekal.catalogue.models import Training
from bekal.catalogue.services import close_training
from bekal.core import clock
from bekal.ledger.errors import NothingToPost
from bekal.ledger.models import Run, RunState
from bekal.ledger.runs.kinds import RunKind, register_run_kind
from bekal.ledger.runs.services import propose_run
from bekal.ledger.services import returned_pool
from bekal.programmes.models import Wave
from bekal.purchases.errors import RefundPending
from bekal.purchases.keys import NAME_SQL, public_id_sql
from bekal.purchases.models import PurchaseStatus

REFUND: Final = "refund"

# The public id of the purchase that a target stands for.
_ITS_PURCHASE_SQL: Final = public_id_sql("substr(target.key, length('refund:') + 1)")


def register() -> None:
    """Tell the ledger how a refund run works."""
    register_run_kind(
        RunKind(
            code=REFUND,
            title=_("Refund of a cancelled training"),
            describe=str,
            targets_sql=f"""
                SELECT enrolment.number * 10 + 1 AS owner, 1 AS place, -(provider.number * 10 + 3) AS debit,
                    enrolment.number * 10 + 1 AS credit, purchase.price_idr AS bound_idr, 'refund:' || {NAME_SQL} AS key
                FROM purchases_purchase AS purchase
                JOIN participants_enrolment AS enrolment ON enrolment.id = purchase.enrolment_id
                JOIN catalogue_training AS training ON training.id = purchase.training_id
                JOIN catalogue_provider AS provider ON provider.id = training.provider_id
                WHERE purchase.training_id = %(training)s AND enrolment.wave_id = %(wave)s
                  AND purchase.status = 'bought' AND purchase.released_idr = 0 AND purchase.price_idr > 0
            """,
            verdict_sql=f"""
                SELECT purchase.price_idr AS amount_idr,
                    CASE
                        WHEN purchase.released_idr > 0 THEN 'released'
                        WHEN purchase.status <> 'bought' THEN 'refunded'
                        WHEN ledger_can_give_idr(target.owner, target.debit) < purchase.price_idr THEN 'insufficient'
                    END AS reason
                FROM purchases_purchase AS purchase
                WHERE purchase.public_id = {_ITS_PURCHASE_SQL}
            """,
            # An array, not a join: whatever the statistics say, each row is found by its key.
            after_sql=f"""
                UPDATE purchases_purchase AS purchase
                SET status = 'refunded', refunded_at = %(posted_at)s
                WHERE purchase.public_id = ANY (ARRAY(
                    SELECT {_ITS_PURCHASE_SQL}
                    FROM ledger_run_target AS target
                    CROSS JOIN LATERAL (
                        SELECT found.run
                        FROM ledger_transfer AS found
                        WHERE found.owner = target.owner AND found.key = target.key
                        LIMIT 1
                    ) AS transfer
                    WHERE target.run = %(run)s AND target.owner > %(low)s AND target.owner <= %(high)s AND transfer.run = %(run)s
                ))
            """,
            forwards=True,
        )
    )


@transaction.atomic
def cancel_training(*, training: Training, proposer: User) -> list[Run]:
    """Close a training and propose to give back what its provider has not earned yet: one run for each wave that bought it.

    The price goes back to the training balance; from an account that is closed by then it goes on to the treasury. Sometimes a
    purchase is under way while the training closes: cancel again to find it.

    Raises:
        RoleMissing: the proposer is not an operator.
        RefundPending: a refund of this training waits for approval.
        UnknownTraining: no such training.
        NothingToPost: nothing is in escrow for it. The training is not closed then.
    """
    require_role(user=proposer, role=Role.OPERATOR)
    close_training(training_id=training.pk, actor=proposer)
    if pending_refunds(training):
        raise RefundPending
    waves = Wave.objects.filter(
        enrolments__purchases__training=training,
        enrolments__purchases__status=PurchaseStatus.BOUGHT,
        enrolments__purchases__released_idr=0,
        enrolments__purchases__price_idr__gt=0,
    )
    runs = [_propose(training=training, wave=wave, proposer=proposer) for wave in waves.distinct().order_by("id")]
    if not runs:
        raise NothingToPost
    return runs


def pending_refunds(training: Training) -> list[Run]:
    """The refunds of a training that wait for approval, oldest first."""
    waiting = Run.objects.filter(kind=REFUND, state=RunState.PROPOSED, parameters__training=training.pk)
    return list(waiting.select_related("proposed_by").order_by("id"))


def _propose(*, training: Training, wave: Wave, proposer: User) -> Run:
    return propose_run(
        kind=REFUND,
        fund=wave.fund,
        parameters={
            "training": training.pk,
            "wave": wave.pk,
        },
        returned=returned_pool(fund=wave.fund, day=clock.today()),
        proposer=proposer,
    )
