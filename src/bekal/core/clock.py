"""The one clock that every rule reads.

Inside, time is aware UTC; the programme's calendar is Jakarta's. A demo database carries a shift of its clock in a row, so that
its date can be moved; a replay or a simulation fixes the clock for a block of code with `at`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

JAKARTA: Final = ZoneInfo("Asia/Jakarta")

_fixed: ContextVar[datetime | None] = ContextVar("bekal_clock_fixed", default=None)
_pinned: ContextVar["_Stored | None"] = ContextVar("bekal_clock_pinned", default=None)


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the database says of its clock."""

    is_demo: bool
    shift: timedelta


def now() -> datetime:
    """The present moment, aware, in UTC."""
    fixed = _fixed.get()
    return datetime.now(UTC) + _stored().shift if fixed is None else fixed


def today() -> date:
    """The programme's calendar day: the date in Jakarta."""
    return day_of(now())


def day_of(moment: datetime) -> date:
    """The calendar day in Jakarta of a moment."""
    return moment.astimezone(JAKARTA).date()


def start_of(day: date) -> datetime:
    """The first moment of a calendar day in Jakarta, in UTC."""
    return datetime.combine(day, time.min, JAKARTA).astimezone(UTC)


def is_demo() -> bool:
    """Whether this database is a demo's: only there may the clock be moved."""
    return _stored().is_demo


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Stop the clock at an aware moment for the length of a block."""
    if moment.tzinfo is None:
        raise ValueError("the clock needs an aware moment")
    token = _fixed.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)


@contextmanager
def pinned() -> Iterator[None]:
    """Read the demo's shift once for the length of a block, such as a request or a command."""
    token = _pinned.set(_read())
    try:
        yield
    finally:
        _pinned.reset(token)


def reread() -> None:
    """Take notice, within a pinned block, that the stored clock was just changed."""
    if _pinned.get() is not None:
        _pinned.set(_read())


def _stored() -> _Stored:
    return _pinned.get() or _read()


def _read() -> _Stored:
    from bekal.core.models import DemoClock

    row = DemoClock.objects.first()
    return _Stored(is_demo=row is not None, shift=row.shift if row else timedelta(0))
