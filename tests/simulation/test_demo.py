"""The people of the demo are what they are said to be, and the experiment has people in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from bekal.access.models import User
from bekal.core import clock
from bekal.ledger.audit import audit
from bekal.ledger.queries import enrolment_position
from bekal.participants.applications.queries import states_of_wave, wave_taking_applications
from bekal.participants.applications.services import apply_for_wave
from bekal.participants.draw.queries import header_of, public_draws
from bekal.participants.draw.verify import verify_files
from bekal.participants.models import Enrolment, EnrolmentStatus, Participant
from bekal.participants.queries import current_enrolment
from bekal.participants.screening.services import screen_wave
from bekal.payouts.queries import InstalmentStatus, instalments_of
from bekal.programmes.definition.kinds import Gate
from bekal.programmes.models import Wave
from bekal.purchases.queries import wallet
from bekal.recommender.dashboard.uplift import Uplift, uplift_of
from bekal.recommender.engine.uplift import Verdict
from bekal.recommender.models import Arm, Assignment
from bekal.simulation import demo
from bekal.simulation.demo_waves import DRAWN_APPLICANTS, OPEN_APPLICANTS
from tests.participants.applications.people import newcomer
from tests.participants.draw.files import SCRIPT, downloaded, run_paths

PEOPLE = 120


@dataclass(frozen=True)
class Made:
    told: list[int]
    uplift: Uplift
    people: dict[str, Enrolment]


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: Any) -> Iterator[Made]:
    told: list[int] = []
    with django_db_blocker.unblock(), transaction.atomic():
        sari = demo.build_demo(participants=PEOPLE, progress=told.append)
        with clock.at(clock.start_of(demo.DEMO_DAY)):
            found = {user.email: current_enrolment(user) for user in User.objects.filter(email__in=demo.LOGINS)}
            people = {email.partition("@")[0]: enrolment for email, enrolment in found.items() if email and enrolment}
            assert people["sari"] == sari
            yield Made(told, uplift_of(sari.wave), people)
        transaction.set_rollback(True)


def test_everybody_who_can_log_in_is_there_and_says_what_for(made: Made) -> None:
    assert set(User.objects.values_list("email", flat=True)) == set(demo.LOGINS)
    assert set(made.people) == {"sari", "dewi", "budi", "rina", "joko"}
    assert sum(made.told) == PEOPLE
    assert Participant.objects.count() == PEOPLE + DRAWN_APPLICANTS + OPEN_APPLICANTS
    assert [wave.number for wave in Wave.objects.order_by("number")] == [19, 20, 21, 22, 23]


def test_one_has_touched_nothing_and_still_can(made: Made) -> None:
    dewi = made.people["dewi"]
    hers = wallet(dewi)
    assert (hers.training_idr, hers.incentive_idr, hers.can_spend, hers.has_bought) == (1_000_000, 2_550_000, True, False)
    assert (dewi.wave.number, hers.days_left) == (21, 16)


def test_one_has_almost_nothing_left(made: Made) -> None:
    his = wallet(made.people["budi"])
    assert (his.training_idr, his.can_spend, his.has_bought) == (40_000, True, True)


def test_one_was_revoked_and_everything_went_back(made: Made) -> None:
    rina = made.people["rina"]
    position = enrolment_position(rina.number)
    assert rina.status == EnrolmentStatus.REVOKED
    assert sum(part.returned_idr for part in position.values()) == 3_550_000
    assert not wallet(rina).can_spend


def test_one_waits_for_a_gate_alone(made: Made) -> None:
    joko = made.people["joko"]
    assert joko.status == EnrolmentStatus.GRANTED
    first = instalments_of(joko)[0]
    assert (first.status, first.missing) == (InstalmentStatus.WAITING, (Gate.FIRST_TRAINING_RATED,))


def test_the_experiment_has_people_in_every_arm_and_concludes_nothing_yet(made: Made) -> None:
    counts = [summary.people for summary in made.uplift.arms]
    assert min(counts) > 0
    assert 40 <= sum(counts) <= 100
    assert {comparison.verdict for comparison in made.uplift.comparisons} == {Verdict.NOT_YET}
    assert {tuple(comparison.people) for comparison in made.uplift.comparisons if comparison.outcome == "unspent_idr"} == {
        (counts[0], counts[1]),
        (counts[0], counts[2]),
        (counts[1], counts[2]),
    }


def test_who_can_log_in_counts_in_no_arm(made: Made) -> None:
    own = [enrolment.pk for enrolment in made.people.values()]
    rows = Assignment.objects.filter(enrolment__in=own).values_list("arm", "is_drawn", "opened_at")
    assert sorted(rows) == [(Arm.BUNDLE, False, None)] * 5


def test_the_money_is_exact(made: Made) -> None:
    assert audit().findings == ()


@pytest.mark.usefixtures("made")
def test_anybody_can_apply_on_the_day_of_the_demo_and_find_a_place() -> None:
    wave = wave_taking_applications("prakerja-2021")
    assert wave is not None
    assert (wave.number, wave.places) == (23, 60)
    assert states_of_wave(wave) == {"submitted": OPEN_APPLICANTS}
    with transaction.atomic():
        assert apply_for_wave(participant=newcomer(), wave=wave).state == "submitted"
        found = screen_wave(wave=wave)
        transaction.set_rollback(True)
    assert (found.judged, found.eligible) == (OPEN_APPLICANTS + 1, OPEN_APPLICANTS + 1)


def test_the_draw_of_the_next_wave_can_be_checked_by_anybody(made: Made, tmp_path: Path) -> None:
    (draw,) = public_draws()
    assert (draw.wave.number, draw.state, draw.count, draw.placed_count) == (22, "ordered", DRAWN_APPLICANTS, 24)
    assert draw.household_full_count is not None
    paths = downloaded(draw, tmp_path)
    found = verify_files(paths)
    assert (found.problems, found.is_test, found.outcomes and found.outcomes["placed"]) == ([], True, 24)
    assert run_paths(SCRIPT, paths) == (0, ["the draw holds"])
    assert len(header_of(draw)["pools"]) > 1
