"""Scheduling waves: one person proposes a calendar, places, shares and what pays for them, and a second one approves.

What earlier waves returned may pay for a wave; that money is the treasury's to move, so `treasury.waves` is the way in for both
steps.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from bekal.access.models import ProposalState, User
from bekal.access.services import approving, proposing
from bekal.core import clock
from bekal.core.errors import Invalid, Refused
from bekal.core.locks import hold
from bekal.core.money import MAX_IDR, format_idr
from bekal.ledger.references import is_reference
from bekal.ledger.services import fund_wave
from bekal.programmes.definition import OutsideProgramme, load_definition
from bekal.programmes.models import ScheduleSource, ShareKind, Wave, WaveSchedule, WaveShare
from bekal.programmes.provinces import PROVINCES
from bekal.programmes.services import open_wave
from bekal.programmes.shares import Shares, usual_shares

MOST_PLACES: Final = 100_000_000
HOURS_BEFORE_ANNOUNCEMENT: Final = 2
"""A draw is published after registration has closed, and its random value comes an hour after that at the earliest."""
_BUDGETS: Final = 0x42554447  # the space of locks of numbers of budgets

Finding = tuple[str, str | Promise]
"""The field that is wrong, and why."""


class ScheduleWrong(Invalid):
    """What is wrong with a schedule: `findings` names the fields."""

    code = "schedule_wrong"
    message = _("The schedule cannot be proposed: {reasons}")

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(fields=[field for field, _reason in findings])

    def __str__(self) -> str:
        return str(self.message).format(reasons=" ".join(str(reason) for _field, reason in self.findings))


class ScheduleDiffers(Refused):
    """The schedule is not the one that was shown."""

    code = "schedule_differs"
    message = _("This schedule is not as the page showed it. Nothing was opened. Look at it again before you decide.")


class ScheduleLate(Refused):
    """Its registration is over before it was approved."""

    code = "schedule_late"
    message = _("The registration of this wave would have closed already. Cancel the schedule, and propose one with later days.")


@dataclass(frozen=True, slots=True)
class Source:
    """What returned from a wave in a fiscal year, to be given to another wave by this order."""

    wave: Wave
    fiscal_year: int
    amount_idr: int
    order_number: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A wave to be proposed.

    Attributes:
        shares: whole places by kind and code; of a code that is not named, what the definition says. 0 keeps none free.
        budget_reference, budget_idr: the number of the budget that pays what the sources do not, and the whole of it; empty and 0
            where there is none.
    """

    programme: str
    number: int
    registration_opens_at: datetime
    registration_closes_at: datetime
    announces_at: datetime
    places: int
    shares: Mapping[ShareKind, Mapping[str, int]]
    budget_reference: str = ""
    budget_idr: int = 0
    sources: Sequence[Source] = ()

    @property
    def cost_idr(self) -> int:
        """What the places are promised in all."""
        return load_definition(self.programme).total_idr * self.places

    @property
    def sources_idr(self) -> int:
        """What earlier waves give."""
        return sum(source.amount_idr for source in self.sources)


def schedule_wave(*, plan: Plan, proposer: User) -> WaveSchedule:
    """Propose a wave. What its sources hold is for `treasury.waves.schedule_wave` to ask, which calls this.

    Raises:
        ScheduleWrong: with the fields, such as days in the wrong order, places beyond the funding, shares above the places.
        RoleMissing: the proposer is not an operator.
        UnknownProgramme: no such definition.
    """
    shares = _shares(plan)
    if found := list(_findings(plan, shares)):
        raise ScheduleWrong(found)
    schedule = WaveSchedule(
        programme=plan.programme,
        number=plan.number,
        registration_opens_at=plan.registration_opens_at,
        registration_closes_at=plan.registration_closes_at,
        announces_at=plan.announces_at,
        places=plan.places,
        shares={kind.value: of_kind for kind, of_kind in shares.items()},
        cost_idr=plan.cost_idr,
        budget_reference=plan.budget_reference,
        budget_idr=plan.budget_idr,
        budget_part_idr=plan.cost_idr - plan.sources_idr,
    )
    try:
        with transaction.atomic():
            if found := list(_findings_of_budget(plan)):
                raise ScheduleWrong(found)
            with proposing(proposal=schedule, proposer=proposer):
                ScheduleSource.objects.bulk_create(
                    ScheduleSource(
                        schedule=schedule,
                        wave=source.wave,
                        fiscal_year=source.fiscal_year,
                        amount_idr=source.amount_idr,
                        order_number=source.order_number,
                    )
                    for source in plan.sources
                )
    except IntegrityError as error:
        raise ScheduleWrong([_number_taken(plan)]) from error
    return schedule


def open_scheduled(*, schedule: WaveSchedule, approver: User, seen: str) -> WaveSchedule:
    """Approve a schedule: open its wave with its shares, and pay into its fund what its budget gives.

    What its sources give, `treasury.waves.approve_wave` moves in the same transaction; it is the way in.

    Args:
        seen: what `digest_of` the schedule was when it was shown to the approver.

    Raises:
        RoleMissing, SamePerson: not a second person with the approver's role.
        ProposalStateWrong: it was approved or cancelled already.
        ScheduleDiffers: it is not as it was shown.
        ScheduleLate: its registration would be over.
        WaveExists: another wave took its number.
    """
    with approving(proposal=schedule, approver=approver) as found:
        if seen != digest_of(found):
            raise ScheduleDiffers
        if found.registration_closes_at <= clock.now():
            raise ScheduleLate
        wave = open_wave(
            programme=found.programme, number=found.number, accepted_on=clock.day_of(found.announces_at), actor=approver
        )
        wave.registration_opens_at = found.registration_opens_at
        wave.registration_closes_at = found.registration_closes_at
        wave.announces_at = found.announces_at
        wave.places = found.places
        wave.save()
        WaveShare.objects.bulk_create(_rows(wave, found.shares))
        if found.budget_part_idr:
            fund_wave(fund=wave.fund, amount_idr=found.budget_part_idr, reference=found.budget_reference)
        found.wave = wave
    return found


def digest_of(schedule: WaveSchedule) -> str:
    """All that a person is shown of a schedule before approving it, as a digest."""
    sources = [
        [source.wave_id, source.fiscal_year, source.amount_idr, source.order_number]
        for source in schedule.sources.order_by("wave_id", "fiscal_year")
    ]
    moments = [schedule.registration_opens_at, schedule.registration_closes_at, schedule.announces_at]
    shown = [
        str(schedule.public_id),
        schedule.state,
        schedule.programme,
        schedule.number,
        [moment.isoformat() for moment in moments],
        schedule.places,
        schedule.shares,
        schedule.cost_idr,
        [schedule.budget_reference, schedule.budget_idr, schedule.budget_part_idr],
        sources,
        schedule.proposed_by_id,
    ]
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()


def _shares(plan: Plan) -> Shares:
    """The shares of the plan, and of who is not named in it those of the definition; without those of no place."""
    usual = usual_shares(definition=load_definition(plan.programme), places=max(plan.places, 0))
    merged = {kind: {**of_kind, **plan.shares.get(kind, {})} for kind, of_kind in usual.items()}
    return {kind: {code: places for code, places in of_kind.items() if places} for kind, of_kind in merged.items()}


def _rows(wave: Wave, shares: Mapping[str, Mapping[str, int]]) -> Iterator[WaveShare]:
    groups = [group.code for group in load_definition(wave.programme).eligibility.priority_groups]
    order = [(ShareKind.PRIORITY, code) for code in groups] + [(ShareKind.PROVINCE, code) for code in sorted(PROVINCES)]
    for rank, (kind, code) in enumerate(order):
        if places := shares.get(kind, {}).get(code):
            yield WaveShare(wave=wave, kind=kind, code=code, rank=rank, places=places)


def _findings(plan: Plan, shares: Shares) -> Iterator[Finding]:
    if not 1 <= plan.number <= 9_999:
        yield "number", _("A wave has a number from 1 to 9999.")
    elif Wave.objects.filter(programme=plan.programme, number=plan.number).exists():
        yield _number_taken(plan)
    yield from _findings_of_days(plan)
    if not 1 <= plan.places <= MOST_PLACES:
        yield "places", _("A wave has at least one place, and at most a hundred million.")
        return
    yield from _findings_of_shares(plan, shares)
    yield from _findings_of_funding(plan)


def _number_taken(plan: Plan) -> Finding:
    return "number", format_lazy(_("This programme already has, or somebody has proposed, a wave {number}."), number=plan.number)


def _findings_of_days(plan: Plan) -> Iterator[Finding]:
    if plan.registration_opens_at <= clock.now():
        yield "registration_opens_at", _("Registration must open in the future.")
    if plan.registration_closes_at <= plan.registration_opens_at:
        yield "registration_closes_at", _("Registration must close after it opens.")
    if plan.announces_at < plan.registration_closes_at + timedelta(hours=HOURS_BEFORE_ANNOUNCEMENT):
        yield (
            "announces_at",
            format_lazy(
                _("The result is announced {hours} hours after registration closes at the earliest: so long the draw takes."),
                hours=HOURS_BEFORE_ANNOUNCEMENT,
            ),
        )
    try:
        load_definition(plan.programme).fiscal_year(clock.day_of(plan.announces_at))
    except OutsideProgramme as error:
        yield "announces_at", str(error)


def _findings_of_shares(plan: Plan, shares: Shares) -> Iterator[Finding]:
    known = {
        ShareKind.PRIORITY: {group.code for group in load_definition(plan.programme).eligibility.priority_groups},
        ShareKind.PROVINCE: set(PROVINCES),
    }
    for kind, of_kind in plan.shares.items():
        for code, places in of_kind.items():
            if code not in known[kind]:
                yield f"{kind}_{code}", _("This programme knows no such group or province.")
            elif not 0 <= places <= plan.places:
                yield (
                    f"{kind}_{code}",
                    format_lazy(_("Keep no more places free than the wave has: {places}."), places=plan.places),
                )
    total = sum(places for of_kind in shares.values() for places in of_kind.values())
    if total > plan.places:
        says = _("The shares add up to {total} places, but the wave has {places}. Lower some of them.")
        yield "shares", format_lazy(says, total=total, places=plan.places)


def _findings_of_funding(plan: Plan) -> Iterator[Finding]:
    left_idr = plan.cost_idr - plan.sources_idr
    if plan.cost_idr > MAX_IDR:
        yield "places", _("These places cost more than an account can hold.")
    elif left_idr < 0:
        says = _("What earlier waves give, {sources}, is more than the places cost, {cost}.")
        yield "sources", format_lazy(says, sources=format_idr(plan.sources_idr), cost=format_idr(plan.cost_idr))
    elif left_idr and not plan.budget_reference:
        paid_places = plan.sources_idr // load_definition(plan.programme).total_idr
        says = ngettext_lazy(
            "The funding pays for {paid} place. Name the budget that pays for the others, or propose fewer.",
            "The funding pays for {paid} places. Name the budget that pays for the others, or propose fewer.",
            paid_places,
        )
        yield "places", format_lazy(says, paid=paid_places)
    if plan.budget_reference and not is_reference(plan.budget_reference):
        yield "budget_reference", _("Write an official number of up to 64 letters, digits and the characters . / _ -")
    if not 0 <= plan.budget_idr <= MAX_IDR or (plan.budget_reference and not plan.budget_idr):
        yield "budget_idr", _("Write the whole amount of the budget, in rupiah.")
    if plan.budget_idr and not plan.budget_reference:
        yield "budget_reference", _("Write the number of the budget.")


def _findings_of_budget(plan: Plan) -> Iterator[Finding]:
    """What contradicts other waves of the same budget; holds the budget's number, so that two proposals never take the same."""
    if not plan.budget_reference:
        return
    hold(_BUDGETS, hashlib.sha256(plan.budget_reference.encode()).digest())
    others = WaveSchedule.objects.filter(budget_reference=plan.budget_reference).exclude(state=ProposalState.CANCELLED)
    other = others.exclude(budget_idr=plan.budget_idr).first()
    if other is not None:
        says = _("The budget {reference} was entered with {amount} before.")
        yield "budget_idr", format_lazy(says, reference=plan.budget_reference, amount=format_idr(other.budget_idr))
        return
    taken_idr = others.aggregate(taken=Sum("budget_part_idr"))["taken"] or 0
    available_idr = plan.budget_idr - taken_idr + plan.sources_idr
    if plan.cost_idr > available_idr:
        paid_places = available_idr // load_definition(plan.programme).total_idr
        says = ngettext_lazy(
            "The funding pays for {paid} place, since {taken} of the budget is taken by other waves.",
            "The funding pays for {paid} places, since {taken} of the budget is taken by other waves.",
            paid_places,
        )
        yield "places", format_lazy(says, paid=paid_places, taken=format_idr(taken_idr))
