"""Moving the demo's clock."""

from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from bekal.core import clock
from bekal.core.errors import Refused
from bekal.core.models import DemoClock


class ClockIsReal(Refused):
    """Only a demo's clock can be moved."""

    code = "clock_is_real"
    message = _("This database is not a demo: its clock shows the real time and cannot be moved.")


class ClockOnlyForward(Refused):
    """Postings carry their date; a clock that went back would contradict them."""

    code = "clock_only_forward"
    message = _("The clock shows {today} and can only be moved forward.")


def mark_as_demo() -> None:
    """Make this database a demo's for good. Its clock shows the real time, until it is started or moved."""
    DemoClock.objects.get_or_create()


def start_demo_clock(*, day: date) -> None:
    """Make this database a demo's, if it is none yet, at the present time of day on `day` (the Jakarta calendar)."""
    row, _made = DemoClock.objects.get_or_create()
    row.shift += timedelta(days=(day - clock.today()).days)
    row.save(update_fields=["shift"])
    clock.reread()


@transaction.atomic
def move_demo_clock(*, day: date) -> None:
    """Move the demo's clock forward to the same time of day on `day`.

    Raises:
        ClockIsReal: the database is not a demo's.
        ClockOnlyForward: `day` is before the clock's present day.
    """
    row = DemoClock.objects.select_for_update().first()
    if row is None:
        raise ClockIsReal
    days = (day - clock.today()).days
    if days < 0:
        raise ClockOnlyForward(today=clock.today())
    row.shift += timedelta(days=days)
    row.save(update_fields=["shift"])
    clock.reread()
