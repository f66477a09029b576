"""What a seal holds, and that it finds what was changed behind the system's back. Every test commits."""

import hashlib
import json
import random
import struct
from typing import Any

import pytest

from bekal.ledger.accounts import TREASURY, escrow_pool
from bekal.ledger.audit import audit
from bekal.ledger.models import GENESIS, Seal, SealBlock, Transfer
from bekal.ledger.runs.services import post_run
from bekal.ledger.seals import merkle
from bekal.ledger.seals.checks import exported_contradictions
from bekal.ledger.seals.errors import NotSealed, SealBroken
from bekal.ledger.seals.queries import exported_seal, pool_totals, proof_of
from bekal.ledger.seals.services import seal_day
from bekal.ledger.seals.verify import Broken, leaf_hash, read_seal, root_of_path
from bekal.ledger.services import fund_wave, open_entitlements, open_fund
from tests.builders import on
from tests.ledger.seals.office import GRANTED_IDR, Office, day, recompute_chain, tamper

pytestmark = pytest.mark.usefixtures("committed_database", "test_kinds")


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Office:
    """Granted on day 0; persons 0 and 1 bought on day 1, a run took Rp 7 from everyone; person 0 bought again on day 2."""
    monkeypatch.setattr(merkle, "BLOCK_LEAVES", 2)
    office = Office()
    with on(day(1)):
        office.buy(0)
        office.buy(1)
        post_run(run=office.levy())
    with on(day(2)):
        office.buy(0)
    return office


def plain_totals(through: int) -> dict[int, int]:
    totals: dict[int, int] = {}
    for row in Transfer.objects.filter(posting_date__lte=day(through)):
        totals[row.credit] = totals.get(row.credit, 0) + row.amount_idr
        totals[row.debit] = totals.get(row.debit, 0) - row.amount_idr
    return {pool: total for pool, total in sorted(totals.items()) if pool < 0 and total}


def findings() -> list[tuple[str, int | None]]:
    return [(finding.check, finding.owner) for finding in audit().findings]


def test_a_seal_is_what_its_description_says(office: Office) -> None:
    with on(day(3)):
        first, second = seal_day(day=day(0)), seal_day(day=day(1))
    leaves, totals = [], []
    for owner in sorted([office.fund, *office.owners]):
        last = Transfer.objects.filter(owner=owner, posting_date__lte=day(1)).latest("sequence")
        leaves.append(hashlib.sha256(b"\0" + struct.pack(">qi", owner, last.sequence) + bytes(last.hash)).digest())
    for pool, total in plain_totals(1).items():
        totals.append(struct.pack(">qq", pool, total))
    assert (second.number, second.day, second.owners) == (2, day(1), 6)
    assert bytes(second.root) == merkle.root(leaves)
    assert bytes(second.pools_sha256) == hashlib.sha256(b"\3" + b"".join(totals)).digest()
    assert (bytes(first.previous), bytes(second.previous)) == (GENESIS, bytes(first.hash))
    days = (day(1) - type(day(1))(2000, 1, 1)).days
    assert (
        bytes(second.hash)
        == hashlib.sha256(
            b"\2" + bytes(first.hash) + struct.pack(">iiq", 2, days, 6) + bytes(second.root) + bytes(second.pools_sha256)
        ).digest()
    )
    assert SealBlock.objects.filter(seal=2).count() == 3
    assert audit().exact


def test_a_ledger_without_transfers_is_sealed_too() -> None:
    with on(day(1)):
        seal = seal_day(day=day(0))
    assert (seal.owners, bytes(seal.root)) == (0, merkle.EMPTY)
    assert audit().exact
    with pytest.raises(NotSealed):
        proof_of(1, seal)


@pytest.mark.parametrize("sealed", [[], [0], [1], [0, 1], [0, 1, 2]])
def test_totals_of_pools_are_those_of_all_transfers_whatever_was_sealed(office: Office, sealed: list[int]) -> None:
    with on(day(4)):
        for number in sealed:
            seal_day(day=day(number))
    for through in range(4):
        assert pool_totals(through=day(through)) == plain_totals(through)
    assert pool_totals() == plain_totals(3)
    assert pool_totals()[TREASURY] == -5 * GRANTED_IDR
    assert pool_totals(through=day(1))[escrow_pool(office.provider)] == 2_000


def test_every_owner_is_proved_under_every_seal(office: Office) -> None:
    with on(day(3)):
        seals = [seal_day(day=day(number)) for number in range(3)]
    for seal in seals:
        for owner in [office.fund, *office.owners]:
            proof = proof_of(owner, seal)
            head = Transfer.objects.get(owner=owner, sequence=proof.sequence)
            leaf = leaf_hash(owner, proof.sequence, bytes(head.hash))
            assert head.posting_date <= seal.day
            assert root_of_path(leaf, proof.index, seal.owners, proof.path) == bytes(seal.root)
        for owner in (office.owners[-1] + 10, office.owners[0] + 1, 1):
            with pytest.raises(NotSealed):
                proof_of(owner, seal)


def test_what_is_posted_later_leaves_seals_as_they_are(office: Office) -> None:
    with on(day(3)):
        seal = seal_day(day=day(1))
        before = [proof_of(owner, seal) for owner in office.owners]
        open_entitlements(fund=office.fund, count=3)
        for person in range(5):
            office.buy(person)
        fund_wave(fund=open_fund(), amount_idr=1, reference="x")
    assert [proof_of(owner, seal) for owner in office.owners] == before
    assert audit().exact


def test_a_chain_recomputed_from_a_changed_row_is_found_by_the_seal(office: Office) -> None:
    owner = office.owners[3]
    with on(day(3)):
        exported = read_seal(json.dumps(exported_seal(seal_day(day=day(1)))))
        seal_day(day=day(2))
    assert exported_contradictions(exported) == []
    tamper(("UPDATE ledger_transfer SET posted_at = posted_at + interval '1 hour' WHERE owner = %s AND sequence = 1", [owner]))
    recompute_chain(owner)
    found = audit().findings
    (block_owner,) = {finding.owner for finding in found}
    assert [finding.check for finding in found] == ["seal"]
    assert audit(jobs=2).findings == found
    assert block_owner is not None
    assert block_owner <= owner < block_owner + 20
    assert exported_contradictions(exported)[0].startswith("the ledger gives root")
    with pytest.raises(SealBroken):
        proof_of(owner, Seal.objects.get(number=2))


def test_a_forger_who_recomputes_the_seals_too_is_found_by_an_exported_one(office: Office) -> None:
    owner = office.owners[3]
    with on(day(3)):
        exported = read_seal(json.dumps(exported_seal(seal_day(day=day(2)))))
    tamper(
        ("UPDATE ledger_transfer SET key = 'forged' WHERE owner = %s AND sequence = 1", [owner]),
        ("DELETE FROM ledger_seal", []),
        ("DELETE FROM ledger_seal_block", []),
        ("DELETE FROM ledger_seal_pool", []),
    )
    recompute_chain(owner)
    with on(day(3)):
        seal_day(day=day(2))
    assert "seal" not in dict(findings())
    assert [text.split(" for ")[0][:21] for text in exported_contradictions(exported)] == [
        "the ledger gives root",
        "the database has anot",
    ]


@pytest.mark.parametrize(
    ("sql", "count"),
    [
        ("UPDATE ledger_seal SET root = sha256(root) WHERE number = 1", 2),
        ("UPDATE ledger_seal SET day = day - 1 WHERE number = 1", 1),
        ("UPDATE ledger_seal SET owners = owners + 1 WHERE number = 2", 1),
        ("UPDATE ledger_seal SET hash = sha256(hash) WHERE number = 1", 2),
        ("UPDATE ledger_seal SET previous = sha256(previous) WHERE number = 1", 2),
        ("DELETE FROM ledger_seal WHERE number = 1", 1),
        ("UPDATE ledger_seal_block SET root = sha256(root) WHERE seal = 1 AND position = 1", 1),
        ("DELETE FROM ledger_seal_block WHERE seal = 2 AND position = 2", 2),
        ("UPDATE ledger_seal_pool SET total_idr = total_idr + 1 WHERE seal = 1 AND pool = -1", 1),
        ("UPDATE ledger_seal_pool SET total_idr = total_idr + 1 WHERE seal = 2 AND pool = -1", 2),
        ("UPDATE ledger_closing SET through = NULL", 1),
    ],
)
def test_a_changed_seal_is_found(office: Office, sql: str, count: int) -> None:
    with on(day(3)):
        seal_day(day=day(0))
        seal_day(day=day(1))
    assert audit().exact
    tamper((sql, []))
    assert [finding.check for finding in audit().findings] == ["seal"] * count


def test_a_row_added_to_a_closed_day_is_found(office: Office) -> None:
    with on(day(3)):
        seal_day(day=day(2))
    tamper(("UPDATE ledger_closing SET through = NULL", []))
    with on(day(1)):
        office.buy(4)
    tamper(("UPDATE ledger_closing SET through = %s", [day(2)]))
    assert {finding.check for finding in audit().findings} == {"seal"}


def test_a_deleted_chain_is_found(office: Office) -> None:
    with on(day(3)):
        seal_day(day=day(2))
    owner = office.owners[4]
    tamper(
        ("DELETE FROM ledger_transfer WHERE owner = %s", [owner]),
        ("DELETE FROM ledger_balance WHERE owner = %s", [owner]),
    )
    assert "seal" in {finding.check for finding in audit().findings}


@pytest.mark.parametrize("field", ["number", "day", "owners", "root", "pools_sha256", "previous", "hash", "pools"])
def test_an_exported_seal_changed_in_any_field_is_none(office: Office, field: str) -> None:
    with on(day(3)):
        content = exported_seal(seal_day(day=day(2)))
    changed: Any = {
        "number": 2,
        "day": "2021-03-02",
        "owners": 7,
        "pools": [*content["pools"][1:]],
    }.get(field, "ab" * 32)
    with pytest.raises(Broken):
        read_seal(json.dumps({**content, field: changed}))


@pytest.mark.parametrize("seed", range(6))
def test_seals_hold_whatever_happens_between_them(seed: int) -> None:
    """Days in any mix of purchases, runs that post a day late, and seals."""
    chance = random.Random(seed)
    office = Office(people=3)
    now = 1
    for _ in range(8):
        with on(day(now)):
            for person in chance.choices(range(3), k=chance.randrange(4)):
                office.buy(person)
            late = office.levy(1) if chance.random() < 0.5 else None
        now += chance.randint(1, 2)
        with on(day(now)):
            for person in chance.choices(range(3), k=chance.randrange(3)):
                office.buy(person)
            if late is not None:
                post_run(run=late)
            if chance.random() < 0.6:
                seal_day(day=day(now - 1))
        assert pool_totals() == plain_totals(now)
    verdict = audit()
    assert verdict.exact, verdict.findings
