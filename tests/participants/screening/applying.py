"""A wave with applications of people who may or may not take part, and lists as they come in files."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from bekal.access.models import User
from bekal.participants.applications.numbers import new_registration_number
from bekal.participants.models import Application, Participant
from bekal.participants.screening.lists import ImportedList, import_list
from bekal.participants.sealed import nik_of
from bekal.programmes.models import Wave
from tests.builders import register
from tests.participants.applications.people import CLOSES_AT

DATED_ON: Final = date(2021, 2, 15)
HOUSEHOLD: Final = "3273010101010001"


def apply(wave: Wave, people: Sequence[int]) -> list[Application]:
    """Applications of people, without the steps that lead there."""
    numbers = new_registration_number(len(people))
    return Application.objects.bulk_create(
        Application(
            participant_id=person,
            wave=wave,
            number=number,
            submitted_at=CLOSES_AT,
            changed_at=CLOSES_AT,
            result_index=uuid4().bytes,
        )
        for person, number in zip(people, numbers, strict=True)
    )


def applicants(wave: Wave, count: int = 1, **changes: Any) -> list[int]:
    """Registered people who applied to the wave; their primary keys."""
    people = register(count, **changes)
    apply(wave, people)
    return people


def verdicts(wave: Wave) -> dict[int, tuple[str, str]]:
    """State and reason of each application, by person."""
    rows = Application.objects.filter(wave=wave).values_list("participant_id", "state", "reason")
    return {person: (state, reason) for person, state, reason in rows}


def nik(person: int) -> str:
    return nik_of(Participant.objects.get(pk=person))


def list_file(folder: Path, niks: Iterable[str], *, header: str = "nik") -> Path:
    path = folder / "list.csv"
    path.write_text("\n".join([header, *niks, ""]), encoding="utf-8")
    return path


def put_on_list(folder: Path, people: Iterable[int], *, code: str = "civil_servant", actor: User | None = None) -> ImportedList:
    """Import a list of these people."""
    path = list_file(folder, map(nik, people))
    return import_list(code=code, path=path, source="BKN 17/2021", dated_on=DATED_ON, actor=actor)
