"""What a draw publishes, to everybody and to each applicant, and what stays hidden until its time."""

import hashlib
import json
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from bekal.access.models import Act
from bekal.core import clock
from bekal.core.rotation import rotate_keys
from bekal.ledger.seals.verify import root_of_path
from bekal.participants.draw import form
from bekal.participants.draw.beacon import TEST_BEACON
from bekal.participants.draw.queries import (
    drawn,
    header_of,
    public_draw,
    public_draws,
    row_and_proof_of,
)
from bekal.participants.draw.services import cancel
from bekal.participants.draw.verify import verify_files
from bekal.participants.models import Draw
from bekal.participants.services import enrol_people
from tests.builders import make_wave
from tests.participants.draw.files import SCRIPT, downloaded, run_paths
from tests.participants.draw.waves import DUE, FROZEN_AT, HOUSEHOLD, Scene, forty_people

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return forty_people()


def test_everything_that_is_published_is_repeated_by_both_verifiers(scene: Scene, tmp_path: Path) -> None:
    draw = scene.order()
    paths = downloaded(draw, tmp_path)
    found = verify_files(paths)
    assert (found.problems, found.count, found.places, found.is_test) == ([], 40, 10, True)
    counts = {"placed": draw.placed_count, "reserve": draw.reserve_count, "household_full": draw.household_full_count}
    assert found.outcomes == counts
    assert counts["placed"] == 10
    assert run_paths(SCRIPT, paths) == (0, ["the draw holds"])
    assert json.loads(paths[0].read_bytes())["draw"] == str(draw.public_id)


def test_the_header_says_what_was_approved_with_the_wave(scene: Scene) -> None:
    header = header_of(scene.freeze())
    assert [(pool["people"], pool["places"]) for pool in header["pools"]] == [(40, 10)]
    assert {name: header[name] for name in ("programme", "wave", "places", "count", "rules")} == {
        "programme": "prakerja-2021",
        "wave": 12,
        "places": 10,
        "count": 40,
        "rules": {"people_per_household": 2, "pool_people_min": 20, "reserve_until": "2021-03-14"},
    }
    assert header["beacon"]["name"] == "test beacon"
    assert TEST_BEACON.due(header["round"]) == DUE.astimezone(UTC)
    assert TEST_BEACON.due(header["late_round"]) - TEST_BEACON.due(header["round"]) == timedelta(hours=72)


def test_a_share_of_the_wave_is_a_pool(scene: Scene) -> None:
    scene.wave.shares.create(kind="priority", code="laid_off", rank=1, places=4)
    scene.wave.shares.create(kind="priority", code="disability", rank=2, places=3)
    pools = header_of(scene.freeze())["pools"]
    # Nobody has a disability: too few for a pool of their own, they are merged with the laid off.
    assert [(pool["people"], pool["places"]) for pool in pools] == [(30, 7), (40, 3)]
    assert pools[-1]["pool"] == "general"


def test_everybody_has_a_row_of_the_own_and_can_prove_it(scene: Scene) -> None:
    draw = scene.publish()
    rows = [row_and_proof_of(application) for application in scene.applications]
    assert sorted(row.number for row in rows if row) == list(range(1, 41))
    for application, row in zip(scene.applications, rows, strict=True):
        assert row is not None
        line = json.loads(row.line)
        assert line["number"] == row.number
        assert line["commitment"] == hashlib.sha256(row.nonce + application.number.encode()).hexdigest()
        leaf = form.leaf_of(row.line.encode())
        assert root_of_path(leaf, row.number, 41, row.path) == bytes(draw.root)
    of_household = [json.loads(rows[number].line) for number in (0, 10, 35)]  # type: ignore[union-attr]
    assert {(line["household"], line["left"]) for line in of_household} == {(1, 2)}
    assert sum("household" in row.line for row in rows if row) == 3


def test_numbers_come_by_chance_and_nonces_by_a_key_of_each_draw(scene: Scene) -> None:
    first = scene.publish()
    before = [row_and_proof_of(application) for application in scene.applications]
    with clock.at(FROZEN_AT):
        cancel(draw=first, actor=scene.approver, reason="a test")
    scene.publish()
    after = [row_and_proof_of(application) for application in scene.applications]
    assert [row.number for row in before if row] != [row.number for row in after if row]
    assert {row.nonce for row in before if row} & {row.nonce for row in after if row} == set()


def test_the_key_of_the_nonces_is_sealed_again_when_keys_rotate(scene: Scene) -> None:
    scene.publish()
    before = row_and_proof_of(scene.applications[0])
    sealed = bytes(Draw.objects.get().nonce_key_sealed)
    rotate_keys()
    assert bytes(Draw.objects.get().nonce_key_sealed)[:2] != sealed[:2]
    after = row_and_proof_of(scene.applications[0])
    assert (before and before.nonce) == (after and after.nonce)


def test_members_who_took_part_before_take_places_of_their_household(scene: Scene) -> None:
    with clock.at(FROZEN_AT):
        (member,) = scene.register([{"household": HOUSEHOLD}])
        enrol_people(participants=[member.pk], wave=make_wave(number=11))
    scene.publish()
    rows = [row_and_proof_of(scene.applications[number]) for number in (0, 10, 35)]
    assert {json.loads(row.line)["left"] for row in rows if row} == {1}


def test_nothing_of_it_is_shown_before_it_is_published(scene: Scene) -> None:
    draw = scene.freeze()
    assert row_and_proof_of(scene.applications[0]) is None
    assert public_draws() == []
    with pytest.raises(Exception, match=str(draw.public_id)):
        public_draw(draw.public_id)


def test_what_was_found_is_not_shown_before_it_is_announced(scene: Scene) -> None:
    scene.order()
    assert drawn(scene.applications[0]) is None
    assert scene.states() == ["eligible"] * 40


def test_each_act_is_a_line_in_the_log(scene: Scene) -> None:
    draw = scene.announce()
    acts = Act.objects.filter(subject=f"draw:{draw.public_id}").order_by("id")
    assert [(act.verb, act.actor) for act in acts.select_related("actor")] == [
        ("draw.propose", scene.operator),
        ("draw.approve", scene.approver),
        ("draw.publish", scene.operator),
        ("draw.hand_in", None),
        ("draw.order", None),
        ("draw.announce", scene.operator),
    ]
    assert acts[0].details == {"root": bytes(draw.root).hex(), "round": draw.round, "applications": 40, "places": 10}
