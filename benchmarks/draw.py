"""How long a draw takes, and how much memory: 6,700,000 applications for 116,261 places, as wave 10 of 2020 had them.

    python benchmarks/draw.py [--quick] [--json]

`freeze` is the whole act in the database: applications are read and numbered, lines, leaves and tree are computed and stored.
`order` is the act from the stored lines to the stored results: lines are read, keys hashed and sorted, places given. `verify` is
`bekal draw verify` on the four files, as anybody runs it. Screening comes before and has figures of its own.

The people are made by SQL: the columns that a draw reads are as real ones, what is sealed is filler of their length.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from harness import Goal, Samples, at_most, fresh_server, make_database, peak_mib, run_benchmark

if TYPE_CHECKING:
    from bekal.participants.models import Draw

_PEOPLE: Final = {False: 6_700_000, True: 4_500}
_PLACES: Final = {False: 116_261, True: 300}
_CLOSES_AT: Final = datetime(2020, 9, 28, 5, tzinfo=UTC)
_BYTES_IN_MIB: Final = 2**20

# A tenth of the people share a family card with two or three others, of whom two may take part.
_PEOPLE_SQL: Final = """
INSERT INTO participants_participant (public_id, key_salt, name_sealed, nik_sealed, nik_index, household_index,
    birth_date_sealed, birth_date_index, age_band, sex, province, education, occupation, registered_at)
SELECT gen_random_uuid(), sha256(n::text::bytea), filler, filler, sha256(('n' || n)::bytea),
    sha256(('h' || CASE WHEN n %% 10 = 0 THEN n / 35 * 35 ELSE -n END)::bytea), filler,
    sha256(('b' || n %% 15000)::bytea), '25-29',
    CASE n %% 2 WHEN 0 THEN 'F' ELSE 'M' END, (11 + n %% 34)::text,
    'upper_secondary', 'jobseeker', now()
FROM generate_series(1, %(people)s) AS n, decode(repeat('5a', 46), 'hex') AS filler
"""
# Constraints first, as they own their indexes.
_OTHER_INDEXES_SQL: Final = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname) FROM pg_constraint
WHERE conrelid = %(table)s::regclass AND contype IN ('u', 'f')
UNION ALL
SELECT format('DROP INDEX %%s', indexrelid::regclass) FROM pg_index
WHERE indrelid = %(table)s::regclass AND indexrelid NOT IN (SELECT conindid FROM pg_constraint)
"""
_APPLICATIONS_SQL: Final = """
INSERT INTO participants_application (public_id, participant_id, wave_id, number, state, reason, priority_groups, submitted_at,
    changed_at)
SELECT gen_random_uuid(), person.id, %(wave)s, (100000000000 + person.id * 104729 %% 900000000000)::text, 'eligible', '',
    CASE WHEN person.id %% 50 = 0 THEN '{disability}' WHEN person.id %% 7 = 0 THEN '{laid_off}' ELSE '{}' END::varchar[],
    now(), now()
FROM participants_participant AS person
"""


def measured(_parts: Sequence[str], *, quick: bool, rounds: int) -> tuple[Samples, dict[str, object]]:
    samples: Samples = {}
    with fresh_server(for_a_demo=True) as server:
        make_database(server.url("draw"))
        scene = _Scene(quick)
        for _ in range(rounds):
            for name, value in scene.round().items():
                samples.setdefault("draw", {}).setdefault(name, []).append(value)
    return samples, {"applications": _PEOPLE[quick], "places": _PLACES[quick]}


class _Scene:
    """The wave, its applications, and the office."""

    def __init__(self, quick: bool) -> None:
        from django.db import connection

        from bekal.access.models import Role, User
        from bekal.core import clock
        from bekal.core.services import mark_as_demo
        from bekal.programmes.definition import load_definition
        from bekal.programmes.models import ShareKind
        from bekal.programmes.services import open_wave
        from bekal.programmes.shares import usual_shares

        mark_as_demo()
        self.operator, self.approver = (
            User.objects.create_user(email=f"{role}@example.org", password=None, name=role, role=role)
            for role in (Role.OPERATOR, Role.APPROVER)
        )
        with clock.at(_CLOSES_AT - timedelta(days=2)):
            self.wave = open_wave(programme="prakerja-2021", number=10, accepted_on=datetime(2020, 10, 1, tzinfo=UTC).date())
            self.wave.registration_opens_at, self.wave.registration_closes_at = clock.now(), _CLOSES_AT
            self.wave.announces_at, self.wave.places = _CLOSES_AT + timedelta(days=3), _PLACES[quick]
            self.wave.save()
        shares = usual_shares(definition=load_definition("prakerja-2021"), places=_PLACES[quick])
        rank = 0
        for kind in ShareKind:
            for code, places in shares[kind].items():
                rank += 1
                if places:
                    self.wave.shares.create(kind=kind, code=code, rank=rank, places=places)
        with connection.cursor() as cursor:
            # What finds people by NIK and the like is no part of a draw, and takes most of the time to make.
            for table in ("participants_participant", "participants_application"):
                cursor.execute(_OTHER_INDEXES_SQL, {"table": table})
                for (drop,) in cursor.fetchall():
                    cursor.execute(drop)
            cursor.execute("SET synchronous_commit = off")
            cursor.execute(_PEOPLE_SQL, {"people": _PEOPLE[quick]})
            cursor.execute(_APPLICATIONS_SQL, {"wave": self.wave.pk})
            cursor.execute("RESET synchronous_commit")
            cursor.execute("VACUUM ANALYZE participants_participant, participants_application")
            cursor.execute("CHECKPOINT")

    def round(self) -> dict[str, float]:
        from bekal.core import clock
        from bekal.participants.draw.beacon import TEST_BEACON, sign_test_round
        from bekal.participants.draw.ordering import order
        from bekal.participants.draw.services import approve, cancel, finish_freeze, freeze, hand_in_value, publish
        from bekal.participants.models import Screening

        found: dict[str, float] = {}
        with clock.at(_CLOSES_AT):
            Screening.objects.create(wave=self.wave, started_at=clock.now(), finished_at=clock.now())
        due = _CLOSES_AT + timedelta(hours=20)
        with clock.at(_CLOSES_AT):
            began = time.perf_counter()
            draw = finish_freeze(draw=freeze(wave=self.wave, due=due, beacon=TEST_BEACON, proposer=self.operator))
            found["freeze, seconds"] = time.perf_counter() - began
            approve(draw=draw, approver=self.approver, seen=bytes(draw.root).hex())
            draw = publish(draw=draw, actor=self.operator)
        with clock.at(due):
            hand_in_value(draw=draw, signature=sign_test_round(draw.round))
            began = time.perf_counter()
            draw = order(draw=draw)
            found["order, seconds"] = time.perf_counter() - began
        found["order and fill alone, seconds"] = _order_and_fill(draw)
        found["memory, MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        with tempfile.TemporaryDirectory() as folder:
            found |= _verified(_downloaded(draw, Path(folder)))
        with clock.at(due):
            cancel(draw=draw, actor=self.approver, reason="the next round")
        return found


def _order_and_fill(draw: "Draw") -> float:
    """The rule alone, with the lines read before."""
    from bekal.participants.draw.beacon import value_of
    from bekal.participants.draw.queries import header_of, parts_of
    from bekal.participants.draw.reading import Findings, read_blocks, rows_of
    from bekal.participants.draw.rule import fill, order_of
    from bekal.participants.models import PartKind

    header = header_of(draw)
    rows = rows_of(list(read_blocks(parts_of(draw, PartKind.APPLICATIONS), header=header, count=draw.count)), Findings())
    began = time.perf_counter()
    order = order_of(root=bytes(draw.root), value=value_of(bytes(draw.signature or b"")), count=rows.count)
    fill(rows=rows, order=order, places=[pool["places"] for pool in header["pools"]])
    return time.perf_counter() - began


def _downloaded(draw: "Draw", folder: Path) -> list[Path]:
    from bekal.participants.draw.queries import FILES, announcement_of, parts_of

    (folder / "announcement.json").write_bytes(announcement_of(draw))
    for name, kind in FILES.items():
        with (folder / name).open("wb") as file:
            file.writelines(parts_of(draw, kind))
    return [folder / "announcement.json", *(folder / name for name in FILES)]


def _verified(paths: Sequence[Path]) -> dict[str, float]:
    command = [sys.executable, "-m", "bekal.config.main", "draw", "verify", *map(str, paths)]
    began = time.perf_counter()
    memory = peak_mib(command)
    seconds = time.perf_counter() - began
    size = sum(path.stat().st_size for path in paths)
    return {"verify, seconds": seconds, "verify, MiB": memory, "files, MiB": size / _BYTES_IN_MIB}


def judge(samples: Samples) -> list[Goal]:
    found = samples["draw"]
    return [
        at_most("freeze, seconds", 60, max(found["freeze, seconds"])),
        at_most("order and fill alone, seconds", 20, max(found["order and fill alone, seconds"])),
        at_most("order, seconds", 20, max(found["order, seconds"])),
        at_most("memory, MiB", 1024, max(found["memory, MiB"])),
        at_most("verify, seconds", 60, max(found["verify, seconds"])),
        at_most("verify, MiB", 1024, max(found["verify, MiB"])),
    ]


if __name__ == "__main__":
    sys.exit(run_benchmark(description=__doc__, parts=("draw",), measured=measured, judge=judge))
