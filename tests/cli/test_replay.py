import pytest

from tests.cli.conftest import Bekal


def test_a_replay_returns_everything_to_the_rupiah(bekal: Bekal) -> None:
    outcome = bekal("replay", "--revoked", "1000", "--json")
    assert outcome.status == 0
    report = outcome.json
    assert report.pop("seconds") > 0
    assert report == {
        "revoked": 1_000,
        "returned_idr": 3_550_000_000,
        "returned_training_idr": 1_000_000_000,
        "returned_incentive_idr": 2_550_000_000,
        "audit": {"exact": True, "findings": []},
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("people", "returned_idr", "training_idr"),
    [(189_436, 672_497_800_000, 189_436_000_000), (180_000, 639_000_000_000, 180_000_000_000)],
)
def test_the_figures_of_september_2020(bekal: Bekal, people: int, returned_idr: int, training_idr: int) -> None:
    report = bekal("replay", "--revoked", str(people), "--json").json
    assert (report["revoked"], report["returned_idr"], report["returned_training_idr"]) == (people, returned_idr, training_idr)
    assert report["returned_incentive_idr"] == returned_idr - training_idr
    assert report["audit"] == {"exact": True, "findings": []}


@pytest.mark.parametrize("people", ["0", "-1", "many", "1.5"])
def test_no_people_are_refused(bekal_here: Bekal, people: str) -> None:
    outcome = bekal_here("replay", "--revoked", people)
    assert (outcome.status, outcome.output) == (2, "")
    assert "--revoked" in outcome.errors


def test_a_programme_that_accepted_nobody_in_2020_is_refused(bekal: Bekal) -> None:
    outcome = bekal("replay", "--revoked", "10", "--programme", "prakerja-2023", "--json")
    assert (outcome.status, outcome.json["error"]["code"]) == (2, "outside_programme")


def test_an_unknown_programme_is_refused(bekal: Bekal) -> None:
    outcome = bekal("replay", "--revoked", "10", "--programme", "prakerja-1999", "--json")
    assert (outcome.status, outcome.json["error"]["code"]) == (2, "unknown_programme")
