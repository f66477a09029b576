"""The demo's clock: who may move it, and how far."""

from datetime import date, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from bekal.access.errors import RoleMissing
from bekal.access.models import Role, User
from bekal.access.services import record_act
from bekal.core import clock
from bekal.core.errors import Refused
from bekal.core.services import ClockIsReal, move_demo_clock
from bekal.ledger.queries import is_posted_after
from bekal.programmes.definition import load_definition
from bekal.programmes.queries import all_waves

_AFTER_THE_CALENDAR: Final = timedelta(days=366)


class ClockOutOfBounds(Refused):
    """The clock would leave what the waves' calendars and the ledger allow."""

    code = "clock_out_of_bounds"
    message = _("The clock can be moved up to {last}, a year after the last day of any wave’s calendar.")


class ClockBeforePosting(Refused):
    """The ledger holds a later posting date already."""

    code = "clock_before_posting"
    message = _("The ledger has transfers that are dated after {day}. Choose a later day.")


def last_clock_day() -> date:
    """How far a demo's clock can be moved: a year after the last day that any wave has; today where there is no wave."""
    return max((_last_day(wave.programme, wave.accepted_on) for wave in all_waves()), default=clock.today())


@transaction.atomic
def move_clock(*, day: date, actor: User) -> None:
    """Move the demo's clock forward, and log who did.

    Raises:
        RoleMissing: the actor neither proposes nor approves; an auditor looks on.
        ClockIsReal, ClockOnlyForward: as `move_demo_clock`.
        ClockOutOfBounds, ClockBeforePosting: the day is later than any calendar, or earlier than a transfer.
    """
    if not actor.is_active or actor.role not in {Role.OPERATOR, Role.APPROVER}:
        raise RoleMissing(role=Role.OPERATOR.label)
    if not clock.is_demo():
        raise ClockIsReal
    before, last = clock.today(), last_clock_day()
    if day > last:
        raise ClockOutOfBounds(last=last)
    if day >= before and is_posted_after(day):
        raise ClockBeforePosting(day=day)
    move_demo_clock(day=day)
    record_act(actor=actor, verb="clock.move", subject="clock:demo", before=before.isoformat(), after=day.isoformat())


def _last_day(programme: str, accepted_on: date) -> date:
    year = load_definition(programme).fiscal_year(accepted_on)
    days = [year.last_day_to_spend, year.last_day_to_complete, *year.instalment_last_days, *year.survey_last_days]
    return max(days) + _AFTER_THE_CALENDAR
