"""Statement files: what they hold, and that nothing in them can be changed unnoticed."""

import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import bekal.ledger.seals.verify
from bekal.ledger.errors import UnknownAccount
from bekal.ledger.models import Transfer
from bekal.ledger.runs.services import post_run
from bekal.ledger.seals import merkle
from bekal.ledger.seals.errors import SealBroken
from bekal.ledger.seals.queries import exported_seal
from bekal.ledger.seals.services import seal_day
from bekal.ledger.seals.statements import compose_statement
from bekal.ledger.seals.verify import Broken, Unreadable, Verified, verify_statement
from tests.builders import on
from tests.ledger.seals.office import GRANTED_IDR, Office, day, execute, recompute_chain, tamper

pytestmark = pytest.mark.usefixtures("committed_database", "test_kinds")


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Office:
    """Person 0: granted on day 0, bought on day 2, gave Rp 7 on day 1 by a run that posted on day 2, bought on day 3."""
    monkeypatch.setattr(merkle, "BLOCK_LEAVES", 2)
    office = Office()
    with on(day(1)):
        run = office.levy()
    with on(day(2)):
        office.buy(0)
        post_run(run=run)
    with on(day(3)):
        office.buy(0)
    return office


def written(**arguments: Any) -> str:
    return json.dumps(compose_statement(**arguments))


def test_before_any_seal_a_statement_carries_no_proof_and_says_so(office: Office) -> None:
    owner = office.owners[0]
    content = compose_statement(owner=owner)
    assert (content["seal"], content["proof"]) == (None, None)
    assert verify_statement(json.dumps(content)) == Verified(owner, 4, GRANTED_IDR - 2_007, sealed_sequence=0, seal_number=None)


def test_an_account_without_transfers_has_a_statement() -> None:
    office = Office(people=1)
    with on(day(1)):
        seal_day(day=day(0))
    assert verify_statement(written(owner=office.owners[0] + 1)) == Verified(office.owners[0] + 1, 0, 0, 0, None)
    with pytest.raises(UnknownAccount):
        compose_statement(owner=12_345_671)


@pytest.mark.parametrize(
    ("sealed", "until", "expected"),
    [
        # Day 1 holds the levy, which is the third transfer: what stands before it comes along.
        ([0], None, (4, 1, 1)),
        ([0, 1], None, (4, 2, 3)),
        ([0, 1, 2], None, (4, 3, 3)),
        ([0, 1, 2, 3], None, (4, 4, 4)),
        ([0, 1, 2, 3], 0, (1, 1, 1)),
        ([0, 1, 2, 3], 1, (3, 3, 3)),
        ([0, 1, 2, 3], 2, (3, 3, 3)),
        ([1, 3], 0, (1, None, 0)),
        ([3], 2, (3, None, 0)),
    ],
)
def test_the_proof_is_that_of_the_newest_seal_within_the_statement(
    office: Office, sealed: list[int], until: int | None, expected: tuple[int, int | None, int]
) -> None:
    owner, seal = office.owners[0], expected[1]
    with on(day(9)):
        exported = [json.dumps(exported_seal(seal_day(day=day(number)))) for number in sealed]
    text = written(owner=owner, until=None if until is None else day(until))
    verified = verify_statement(text, exported[seal - 1] if seal else None)
    assert (verified.transfers, verified.seal_number, verified.sealed_sequence) == expected
    for number, other in enumerate(exported, start=1):
        if number != seal:
            with pytest.raises(Broken) as caught:
                verify_statement(text, other)
            assert caught.value.problem == ("another_seal" if seal else "no_proof")


def test_every_kind_of_owner_has_a_statement(office: Office) -> None:
    with on(day(4)):
        exported = json.dumps(exported_seal(seal_day(day=day(3))))
    for owner in {*Transfer.objects.values_list("owner", flat=True)}:
        assert verify_statement(written(owner=owner), exported).seal_number == 1


def places(content: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every value of a JSON document, by the way to it."""
    yield here
    children = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for name, child in children:
        yield from places(child, (*here, name))


def changes(value: Any) -> list[Any]:
    """Other values that could stand in its place."""
    match value:
        case int():
            return [value + 1, -value - 1, value + 2**64, float(value), str(value), None, True]
        case str():
            near = chr(ord(value[0]) + 1) + value[1:]
            return [near, value + "0", value.upper() if value.upper() != value else value.lower() + "x", "", None, 1]
        case None:
            return [0, 1, ""]
    return [None, [], {}]


def test_a_statement_changed_in_any_field_fails(office: Office) -> None:
    with on(day(4)):
        seal = json.dumps(exported_seal(seal_day(day=day(2))))
    content = compose_statement(owner=office.owners[0])
    verify_statement(json.dumps(content), seal)
    tried = 0
    for way in places(content):
        *above, name = way or (None,)
        for change in [*changes(_at(content, way)), KeyError]:
            changed = copy.deepcopy(content)
            if not way:
                changed = change
            elif change is KeyError:
                del _at(changed, above)[name]
            else:
                _at(changed, above)[name] = change
            if changed == content and type(_at(changed, way)) is type(_at(content, way)):
                continue
            with pytest.raises((Broken, Unreadable)):
                verify_statement(json.dumps(changed, default=str), seal)
            tried += 1
    assert tried > 300


def _at(content: Any, way: Any) -> Any:
    for name in way:
        content = content[name]
    return content


@pytest.mark.parametrize("change", ["swap", "drop", "repeat", "extra"])
def test_transfers_in_another_order_or_number_fail(office: Office, change: str) -> None:
    content = compose_statement(owner=office.owners[0])
    rows = content["transfers"]
    content["transfers"] = {
        "swap": [rows[0], rows[2], rows[1], rows[3]],
        "drop": rows[:1] + rows[2:],
        "repeat": [*rows, rows[-1]],
        "extra": [{**row, "note": ""} for row in rows],
    }[change]
    with pytest.raises((Broken, Unreadable)):
        verify_statement(json.dumps(content))


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{}", '{"format": "bekal-statement/2"}', "NaN", "[" * 100_000, '{"owner": 1, "owner": 1}', "\ud800"],
)
def test_what_is_no_statement_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        verify_statement(text)


def test_a_statement_of_before_a_forgery_shows_it(office: Office) -> None:
    owner = office.owners[0]
    kept = written(owner=owner)
    tamper(("UPDATE ledger_transfer SET amount_idr = amount_idr + 1 WHERE owner = %s AND sequence = 2", [owner]))
    recompute_chain(owner)
    now = json.loads(written(owner=owner))
    verify_statement(json.dumps(now))
    assert [row["hash"] for row in json.loads(kept)["transfers"]][1:] != [row["hash"] for row in now["transfers"]][1:]


def test_after_a_forgery_of_something_sealed_no_statement_is_given(office: Office) -> None:
    with on(day(4)):
        seal_day(day=day(3))
    owner = office.owners[0]
    tamper(("UPDATE ledger_transfer SET key = 'x' WHERE owner = %s AND sequence = 2", [owner]))
    recompute_chain(owner)
    with pytest.raises(SealBroken):
        compose_statement(owner=owner)
    assert execute("SELECT count(*) FROM ledger_seal") == [(1,)]


def test_the_verifier_needs_the_standard_library_alone(tmp_path: Path) -> None:
    office = Office(people=1)
    path = tmp_path / "statement.json"
    path.write_text(written(owner=office.owners[0]))
    program = (
        "import sys, runpy; found = runpy.run_path(sys.argv[1]);"
        "print(found['verify_statement'](open(sys.argv[2]).read()).transfers);"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'django', 'psycopg', 'bekal'}))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, bekal.ledger.seals.verify.__file__, str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "1\n[]\n"
