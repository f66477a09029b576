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


@pytest.mark.slow(seconds=30)
@pytest.mark.parametrize(
    ("people", "returned_idr", "training_idr"),
    [(39_436, 139_997_800_000, 39_436_000_000), (10_000, 35_500_000_000, 10_000_000_000)],
    ids=["a last chunk that is not full", "whole chunks"],
)
def test_everything_comes_back_at_any_size(bekal: Bekal, people: int, returned_idr: int, training_idr: int) -> None:
    report = bekal("replay", "--revoked", str(people), "--json").json
    assert (report["revoked"], report["returned_idr"], report["returned_training_idr"]) == (people, returned_idr, training_idr)
    assert report["returned_incentive_idr"] == returned_idr - training_idr
    assert report["audit"] == {"exact": True, "findings": []}


@pytest.mark.parametrize("people", ["0", "-1", "many", "1.5"])
def test_no_people_are_refused(bekal_here: Bekal, people: str) -> None:
    outcome = bekal_here("replay", "--revoked", people)
    assert (outcome.status, outcome.output) == (2, "")
    assert "--revoked" in outcome.errors


@pytest.mark.parametrize(("programme", "code"), [("prakerja-2023", "outside_programme"), ("prakerja-1999", "unknown_programme")])
def test_a_programme_that_accepted_nobody_in_2020_or_is_unknown_is_refused(
    bekal_here: Bekal, committed_database: str, programme: str, code: str
) -> None:
    outcome = bekal_here("replay", "--revoked", "10", "--programme", programme, "--json", DATABASE_URL=committed_database)
    assert (outcome.status, outcome.json["error"]["code"]) == (2, code)
