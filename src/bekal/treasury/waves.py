"""Waves that are paid for by a budget, by what earlier waves returned, or by both."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from bekal.access.models import Role, User
from bekal.access.services import require_role
from bekal.core import clock
from bekal.core.money import format_idr
from bekal.ledger.accounts import AccountKind
from bekal.ledger.references import is_reference
from bekal.ledger.runs.services import approve_run
from bekal.programmes import scheduling
from bekal.programmes.models import Wave, WaveSchedule
from bekal.programmes.scheduling import Finding, Plan, ScheduleWrong
from bekal.treasury.errors import BadReference, OrderUsed
from bekal.treasury.models import Remittance
from bekal.treasury.remittances import is_void, propose_reallocation


@dataclass(frozen=True, slots=True)
class Returned:
    """What returned from a wave in a fiscal year and was not sent on."""

    wave: Wave
    fiscal_year: int
    amount_idr: int


def returned_money() -> list[Returned]:
    """All that returned and was not sent on, by wave and fiscal year, the newest waves first, in two queries."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT split_part(pool.scope, '/', 1)::bigint, split_part(pool.scope, '/', 2)::int, held.total_idr"
            " FROM ledger_pool AS pool JOIN ledger_pool_totals(%(kind)s, NULL) AS held ON held.pool = pool.id"
            " WHERE pool.kind = %(kind)s AND held.total_idr > 0",
            {"kind": AccountKind.RETURNED},
        )
        held = cursor.fetchall()
    waves = {wave.fund: wave for wave in Wave.objects.filter(fund__in=[fund for fund, _year, _total in held])}
    found = [Returned(waves[fund], year, int(total)) for fund, year, total in held if fund in waves]
    return sorted(found, key=lambda one: (one.wave.accepted_on, one.wave.pk, one.fiscal_year), reverse=True)


@transaction.atomic
def schedule_wave(*, plan: Plan, proposer: User) -> WaveSchedule:
    """Propose a wave: its calendar, places and shares, and what pays for them. Nothing moves yet.

    Raises:
        RoleMissing: the proposer is not an operator.
        ScheduleWrong: with the fields: what `programmes.scheduling.schedule_wave` finds, and sources that hold too little, come
            later than the wave, or by an order that was used.
        UnknownProgramme: no such definition.
    """
    require_role(user=proposer, role=Role.OPERATOR)
    if found := list(_findings(plan)):
        raise ScheduleWrong(found)
    return scheduling.schedule_wave(plan=plan, proposer=proposer)


@transaction.atomic
def approve_wave(*, schedule: WaveSchedule, approver: User, seen: str) -> WaveSchedule:
    """Open a scheduled wave and pay for it: what its budget gives at once, what earlier waves returned by approved runs.

    The runs are the proposer's and the approver's own: both saw each amount and each order.

    Args:
        seen: what `programmes.scheduling.digest_of` the schedule was when it was shown to the approver.

    Raises:
        RoleMissing, SamePerson: not a second person with the approver's role.
        ProposalStateWrong, ScheduleDiffers, ScheduleLate, WaveExists: as `programmes.scheduling.open_scheduled`.
        NothingReturned, WouldOverdraw, OrderUsed, NotALaterWave, DayClosed: a source cannot give what it should, with the reason.
    """
    found = scheduling.open_scheduled(schedule=schedule, approver=approver, seen=seen)
    if found.wave is None:
        raise TypeError("an approved schedule has its wave")
    for source in found.sources.select_related("wave").order_by("id"):
        run = propose_reallocation(
            wave=source.wave,
            to_wave=found.wave,
            fiscal_year=source.fiscal_year,
            amount_idr=source.amount_idr,
            order_number=source.order_number,
            proposer=found.proposed_by,
        )
        approve_run(run=run, approver=approver)
    return found


def _findings(plan: Plan) -> Iterator[Finding]:
    held = {(one.wave.pk, one.fiscal_year): one.amount_idr for one in returned_money()} if plan.sources else {}
    orders = Counter(source.order_number for source in plan.sources)
    used = [one for one in Remittance.objects.select_related("run").filter(order_number__in=orders) if not is_void(one)]
    taken = {one.order_number for one in used} | {order for order, count in orders.items() if count > 1}
    for source in plan.sources:
        field = f"source_{source.wave.public_id}_{source.fiscal_year}"
        available_idr = held.get((source.wave.pk, source.fiscal_year), 0)
        if not 1 <= source.amount_idr <= available_idr:
            says = _("Give at least Rp1 and at most what returned and is still there: {amount}.")
            yield field, format_lazy(says, amount=format_idr(available_idr))
        if source.wave.accepted_on >= clock.day_of(plan.announces_at):
            yield field, _("Returned money can be given to a later wave only.")
        if not is_reference(source.order_number):
            yield f"order_{source.wave.public_id}_{source.fiscal_year}", str(BadReference(reference=source.order_number))
        elif source.order_number in taken:
            yield f"order_{source.wave.public_id}_{source.fiscal_year}", str(OrderUsed(order_number=source.order_number))
