"""Giving the price back when a training is cancelled."""

from typing import Final

from django.db import connection, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bekal.access.models import Role, User
from bekal.access.services import require_role
from bekal.catalogue.models import Training
from bekal.catalogue.services import close_training
from bekal.core import clock
from bekal.core.sql import load_sql
from bekal.ledger.errors import NothingToPost
from bekal.ledger.models import Run, RunState
from bekal.ledger.runs.kinds import RunKind, register_run_kind
from bekal.ledger.runs.queries import runs
from bekal.ledger.runs.services import propose_run
from bekal.ledger.services import returned_pool
from bekal.messages.services import write_many_sql
from bekal.programmes.definition import load_definition
from bekal.programmes.models import Wave
from bekal.purchases.errors import RefundPending
from bekal.purchases.messages import AT_WISH, REFUND_BUY_BY, REFUND_LATE, REFUND_RETURNED, REFUNDED
from bekal.purchases.models import Purchase

REFUND: Final = "refund"

# A purchase whose price is still in escrow.
_IN_ESCROW_SQL: Final = "purchase.status = 'bought' AND purchase.released_idr = 0"

_TARGETS_SQL: Final = f"""
    SELECT ledger_training(enrolment.number) AS owner, 1 AS place, ledger_escrow(provider.number) AS debit,
        ledger_training(enrolment.number) AS credit, purchase.price_idr AS bound_idr,
        'refund:' || purchases_name(purchase.public_id) AS key
    FROM purchases_paid AS purchase
    JOIN participants_enrolment AS enrolment ON enrolment.id = purchase.enrolment_id
    JOIN catalogue_training AS training ON training.id = purchase.training_id
    JOIN catalogue_provider AS provider ON provider.id = training.provider_id
    WHERE purchase.training_id = %(training)s AND enrolment.wave_id = %(wave)s AND %(purchase)s IN (0, purchase.id)
      AND {_IN_ESCROW_SQL}
"""
_VERDICT_SQL: Final = """
    SELECT purchase.price_idr AS amount_idr,
        CASE
            WHEN purchase.released_idr > 0 THEN 'released'
            WHEN purchase.status <> 'bought' THEN 'refunded'
            WHEN ledger_can_give_idr(target.owner, target.debit) < purchase.price_idr THEN 'insufficient'
        END AS reason
    FROM purchases_purchase AS purchase
    WHERE purchase.public_id = purchases_public_id(split_part(target.key, ':', 2))
"""


def register() -> None:
    """Tell the ledger how a refund run works."""
    register_run_kind(
        RunKind(
            code=REFUND,
            title=_("Refund of a cancelled training"),
            describe=_describe,
            targets_sql=_TARGETS_SQL,
            verdict_sql=_VERDICT_SQL,
            after_sql=_after_sql(),
            forwards=True,
        )
    )


def _describe(run: Run) -> str:
    if run.parameters["purchase"]:
        return gettext("One person gives “{title}” back at their own wish: its price goes back to them.").format(
            title=run.parameters["title"]
        )
    return gettext("“{title}” was cancelled: its price goes back to the people of this wave who bought it.").format(
        title=run.parameters["title"]
    )


def _after_sql() -> str:
    """Two statements: the second tells the people what is true once the first has marked what was refunded."""
    kinds = (
        (REFUND_RETURNED, "is_closed", ""),
        (REFUND_LATE, "NOT is_closed AND is_over", ", last_day"),
        (REFUND_BUY_BY, "NOT is_closed AND NOT is_over AND NOT has_bought", ", last_day"),
        (REFUNDED, "NOT is_closed AND NOT is_over AND has_bought", ""),
    )
    *first, last = [
        write_many_sql(
            template=template,
            select=f"SELECT recipient, about, title, amount_idr{more} FROM told WHERE {which} AND {why}",
            written_at="%(posted_at)s",
        )
        for cancelled, which, more in kinds
        for template, why in ((cancelled, "%(purchase)s = 0"), (AT_WISH[cancelled], "%(purchase)s <> 0"))
    ]
    written = "".join(f", kind_{place} AS ({insert})" for place, insert in enumerate(first))
    return f"{load_sql('purchases', 'refund_done')}; WITH told AS ({load_sql('purchases', 'refund_told')}){written} {last}"


@transaction.atomic
def cancel_training(*, training: Training, proposer: User) -> list[Run]:
    """Close a training and propose to give back what its provider has not earned yet: one run for each wave that bought it.

    The price goes back to the training balance; from an account that is closed by then it goes on to the treasury. The people
    get the definition's days to buy another training before a revocation, from the day on which they are told. Sometimes a
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
    proposed = [_propose(training=training, wave=wave, proposer=proposer) for wave in _waves_that_paid(training)]
    if not proposed:
        raise NothingToPost
    return proposed


@transaction.atomic
def give_back(*, purchase: Purchase, proposer: User) -> Run:
    """Propose to give back the price of one purchase at the wish of the person who made it, before its provider has earned it.

    It secures the participation no more, and gives no further days to buy another training.

    Raises:
        RoleMissing: the proposer is not an operator.
        RefundPending: a refund of this training waits for approval.
        NothingToPost: the purchase was free, was refunded, or its provider has earned the price.
    """
    require_role(user=proposer, role=Role.OPERATOR)
    found = Purchase.objects.select_related("training", "enrolment__wave").get(pk=purchase.pk)
    if pending_refunds(found.training):
        raise RefundPending
    return _propose(training=found.training, wave=found.enrolment.wave, proposer=proposer, purchase=found)


def pending_refunds(training: Training) -> list[Run]:
    """The refunds of a training that wait for approval, oldest first."""
    return list(runs(kinds=[REFUND], states=[RunState.PROPOSED]).filter(parameters__training=training.pk).reverse())


def _waves_that_paid(training: Training) -> list[Wave]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT enrolment.wave_id FROM purchases_paid AS purchase"
            " JOIN participants_enrolment AS enrolment ON enrolment.id = purchase.enrolment_id"
            f" WHERE purchase.training_id = %s AND {_IN_ESCROW_SQL}",
            [training.pk],
        )
        waves = [wave for (wave,) in cursor.fetchall()]
    return list(Wave.objects.filter(pk__in=waves).order_by("id"))


def _propose(*, training: Training, wave: Wave, proposer: User, purchase: Purchase | None = None) -> Run:
    """A refund of one purchase at its buyer's wish, or of every purchase in the wave because the training was cancelled."""
    days = load_definition(wave.programme).training.days_after_cancellation
    return propose_run(
        kind=REFUND,
        fund=wave.fund,
        parameters={
            "training": training.pk,
            "title": training.title,
            "wave": wave.pk,
            "purchase": 0 if purchase is None else purchase.pk,
            "days": days if purchase is None else 0,
        },
        proposer=proposer,
        returned=returned_pool(fund=wave.fund, day=clock.today()),
    )
