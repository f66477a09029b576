"""How long it takes to say of everybody who applied to a wave whether they may take part, and why not.

    python benchmarks/screening.py [--quick] [--json] [--part screen|import]

`screen` registers 1,000,000 people with sealed data, a fifth of whom have somebody in the household who took part before, has all
of them apply, puts 1,000,000 NIKs on a list, a fiftieth of them theirs, and screens the wave: the first time, again, and with
everybody's birth date opened. `import` times the import of that list.
"""

import random
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final
from unittest.mock import patch

from harness import Goal, Samples, at_most, fresh_server, make_database, run_benchmark

_PEOPLE: Final = {False: 1_000_000, True: 5_000}
_LISTED_EVERY: Final = 50
_EARLIER_EVERY: Final = 5
_PORTION: Final = 50_000
_HOUSEHOLD: Final = 3
_SEED: Final = 2021
_TODAY: Final = datetime(2021, 8, 1, tzinfo=UTC)
_DAY: Final = date(2021, 9, 2)
_SCREENED_SECONDS: Final = 60


def measured(parts: Sequence[str], *, quick: bool, rounds: int) -> tuple[Samples, dict[str, object]]:
    samples: Samples = {}
    count = _PEOPLE[quick]
    with fresh_server() as server, tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        make_database(server.url("screening"))
        from bekal.core import clock

        stack.enter_context(clock.at(_TODAY))
        began = time.perf_counter()
        niks = register(count)
        apply(count)
        note: dict[str, object] = {"people": count, "seed": _SEED, "seconds to register": round(time.perf_counter() - began, 1)}
        path = Path(folder, "list.csv")
        path.write_text("nik\n" + "\n".join(_listed(niks)) + "\n", encoding="utf-8")
        _measure_import(samples, path, rounds=rounds if "import" in parts else 1)
        if "screen" in parts:
            for _ in range(rounds):
                _measure_screening(samples)
        if "import" not in parts:
            del samples["import"]
    return samples, note


def judge(samples: Samples) -> list[Goal]:
    goals = []
    for name in ("seconds, the first time", "seconds, again", "seconds, with every birth date opened"):
        if found := samples.get("screen", {}).get(name):
            goals.append(at_most(name, _SCREENED_SECONDS, max(found)))
    return goals


def _measure_import(samples: Samples, path: Path, *, rounds: int) -> None:
    from bekal.participants.screening.lists import import_list

    for _ in range(rounds):
        began = time.perf_counter()
        found = import_list(code="student", path=path, source="benchmark", dated_on=_DAY)
        seconds = time.perf_counter() - began
        assert not found.refused
        _add(samples, "import", {"lines": found.entries, "seconds": seconds})


def _measure_screening(samples: Samples) -> None:
    from django.db import connection

    from bekal.participants.screening import rules
    from bekal.participants.screening.services import screen_wave
    from bekal.programmes.models import Wave

    wave = Wave.objects.get(number=2)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE participants_application SET state = 'submitted', reason = ''")
        cursor.execute("VACUUM ANALYZE participants_application")
    found: dict[str, float] = {}
    for name, narrowed in (
        ("the first time", rules.NARROWED),
        ("again", rules.NARROWED),
        ("with every birth date opened", ""),
    ):
        began = time.perf_counter()
        with patch.object(rules, "NARROWED", narrowed):
            screened = screen_wave(wave=wave)
        found[f"seconds, {name}"] = time.perf_counter() - began
    found |= {"judged": screened.judged, "eligible": screened.eligible}
    found |= {f"refused: {reason}": count for reason, count in screened.reasons.items()}
    found["most memory of this process, MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    _add(samples, "screen", found)


def _add(samples: Samples, part: str, found: dict[str, float]) -> None:
    for name, value in found.items():
        samples.setdefault(part, {}).setdefault(name, []).append(float(value))


def register(count: int) -> list[str]:
    """Register people, some of them too young, and return their NIKs."""
    from bekal.participants.models import Education, Sex
    from bekal.participants.nik import compose_nik
    from bekal.participants.services import Registration, register_people

    chance, niks = random.Random(_SEED), []
    educations = list(Education)

    def people(first: int, last: int) -> Iterator[Registration]:
        for number in range(first, last):
            born = _DAY - timedelta(days=chance.randrange(17 * 365, 60 * 365))
            sex = Sex.FEMALE if number % 2 else Sex.MALE
            # 9,999 serials for each of the districts: no NIK comes twice.
            region = f"{(11, 32, 35, 51, 73, 91)[number % 6]}{1 + number // 6 % 99:02}{1 + number // 594 % 99:02}"
            nik = compose_nik(region=region, birth_date=born, sex=sex, serial=1 + number // 58_806)
            niks.append(nik)
            yield Registration(
                name=f"Person {number}",
                nik=nik,
                household=f"{3273010000000000 + number // _HOUSEHOLD}",
                birth_date=born,
                sex=sex,
                education=educations[number % len(educations)],
                occupation="army" if number % 100 == 7 else "jobseeker",
            )

    for first in range(0, count, _PORTION):
        register_people(registrations=list(people(first, min(first + _PORTION, count))))
    return niks


def apply(count: int) -> None:
    """Everybody applies to the second wave; every fifth had a place in the first one."""
    from django.db import connection

    from bekal.programmes.services import open_wave

    earlier, wave = (open_wave(programme="prakerja-2021", number=number, accepted_on=date(2021, 9, number)) for number in (1, 2))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO participants_enrolment (public_id, participant_id, wave_id, number, card_number, status, age_fits_on)"
            " SELECT gen_random_uuid(), id, %s, 1000000 + id, lpad(id::text, 16, '0'), 'ended', '2021-09-01'"
            " FROM participants_participant WHERE id %% %s = 0",
            [earlier.pk, _EARLIER_EVERY],
        )
        cursor.execute(
            "INSERT INTO participants_application (public_id, participant_id, wave_id, number, state, reason, priority_groups,"
            " submitted_at, changed_at, result_index)"
            " SELECT gen_random_uuid(), id, %s, lpad(id::text, 12, '0'), 'submitted', '', '{}', now(), now(),"
            " sha256(id::text::bytea)"
            " FROM participants_participant ORDER BY random()",
            [wave.pk],
        )
        cursor.execute("SELECT count(*) FROM participants_application")
        assert cursor.fetchone() == (count,)
        cursor.execute("VACUUM ANALYZE participants_participant, participants_enrolment, participants_application")


def _listed(niks: Sequence[str]) -> Iterator[str]:
    """As many NIKs as there are people, a fiftieth of them theirs."""
    known = set(niks)
    for number, nik in enumerate(niks):
        if number % _LISTED_EVERY == 0:
            yield nik
            continue
        other = f"64{nik[2:]}"
        if other not in known:
            yield other


if __name__ == "__main__":
    raise SystemExit(run_benchmark(description=__doc__, parts=("screen", "import"), measured=measured, judge=judge))
