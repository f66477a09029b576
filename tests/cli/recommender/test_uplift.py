"""`bekal recommender uplift` on the database of the test."""

import json
import re
from argparse import ArgumentParser
from collections.abc import Callable

import pytest

from bekal.cli.recommender.uplift import COMMAND
from bekal.core.errors import NotFound
from bekal.core.models import DemoClock
from bekal.recommender.models import Arm
from tests.builders import ACCEPTED_ON, TRAINING_IDR, day_after, grant_wave, on
from tests.recommender.dashboard.experiment import DEADLINE, PER_ARM, build_experiment, open_by_hand

pytestmark = pytest.mark.django_db
PAIRS = [["popularity", "personal"], ["popularity", "bundle"], ["personal", "bundle"]]

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command with these arguments; its exit status and what it printed."""

    def run(*arguments: str) -> tuple[int, str]:
        parser = ArgumentParser()
        COMMAND.add_arguments(parser)
        status = COMMAND.run(parser.parse_args(arguments))
        return status, capsys.readouterr().out

    return run


def test_an_experiment_that_is_over_is_concluded(run: Run) -> None:
    wave = build_experiment()
    with on(day_after(DEADLINE)):
        status, output = run(f"{wave.programme}/{wave.number}", "--json")
        text = run(str(wave.public_id))[1]

    assert status == 0
    found = json.loads(output)
    comparisons = found.pop("comparisons")
    assert found == {
        "wave": str(wave),
        "deadline": "2021-12-31",
        "synthetic": False,
        "arms": {"popularity": PER_ARM, "personal": PER_ARM, "bundle": PER_ARM},
    }
    names = [(outcome, *pair) for outcome in ("unspent_idr", "second_purchase", "completion") for pair in PAIRS]
    assert [(each["outcome"], each["control"], each["treated"]) for each in comparisons] == names
    fields = ["outcome", "control", "treated", "people", "verdict", "minimum_detectable", "difference", "ci", "p_holm"]
    assert all(list(each) == fields and each["people"] == [PER_ARM, PER_ARM] for each in comparisons)
    assert [each["verdict"] for each in comparisons] == ["not_shown", "better", "better", *["not_shown"] * 6]
    assert all(each["ci"][0] <= each["difference"] <= each["ci"][1] for each in comparisons)
    assert all((each["p_holm"] < 0.05) == (each["verdict"] == "better") for each in comparisons)

    first, people, heads, *rows = text.splitlines()
    assert first == "prakerja-2021/12, outcomes final after 2021-12-31"
    assert people == "people who opened: popularity 430, personal 430, bundle 430"
    assert heads.split("  ")[0] == "outcome"
    assert len(rows) == 9
    form = r"unspent_idr +popularity → bundle +430 / 430 +−Rp193\.488 \(−Rp[\d.]+ … −Rp[\d.]+\) +0\.0000 +Rp[\d.]+ +better"
    assert re.fullmatch(form, rows[1])


def test_before_the_deadline_and_with_too_few_people_the_answer_is_no(run: Run) -> None:
    wave = grant_wave(count=6).wave
    with on(ACCEPTED_ON):
        for place, person in enumerate(wave.enrolments.order_by("pk")):
            open_by_hand(person, list(Arm)[place % 3], balance_idr=TRAINING_IDR).save()
    for day, verdict in ((DEADLINE, "not_yet"), (day_after(DEADLINE), "too_few")):
        with on(day):
            status, output = run(str(wave.public_id), "--json")
        assert status == 1
        assert json.loads(output)["arms"] == {"popularity": 2, "personal": 2, "bundle": 2}
        assert {each["verdict"] for each in json.loads(output)["comparisons"]} == {verdict}
        if verdict == "not_yet":
            assert {(each["difference"], each["ci"], each["p_holm"]) for each in json.loads(output)["comparisons"]} == {
                (None, None, None)
            }


def test_of_a_demo_it_says_that_everything_is_synthetic(run: Run) -> None:
    wave = grant_wave(count=1).wave
    DemoClock.objects.create()

    assert json.loads(run(str(wave.public_id), "--json")[1])["synthetic"] is True
    assert run(str(wave.public_id))[1].splitlines()[1] == (
        "synthetic: who opened was drawn by chance, and what they bought does not hang on their arm"
    )


def test_a_wave_that_does_not_exist_is_refused(run: Run) -> None:
    for name in ("prakerja-2021/99", "nonsense"):
        with pytest.raises(NotFound):
            run(name)
