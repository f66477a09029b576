"""The keyed index by which a result is found: of a registration number and a birth date together, which neither finds alone."""

from datetime import date

from bekal.core.keys import KeyRing
from bekal.core.sealing import blind_index


def result_index(number: str, birth_date: date, *, ring: KeyRing | None = None) -> bytes:
    """The blind index of an application's result."""
    return blind_index(f"{number}\0{birth_date.isoformat()}", column="result", ring=ring)
