from tests.cli.conftest import Bekal


def test_an_empty_home_is_prepared_and_exact(bekal: Bekal) -> None:
    outcome = bekal("audit", "--json")
    assert outcome.status == 0
    assert set(outcome.json) == {"exact", "transfers", "findings"}
    assert (outcome.json["exact"], outcome.json["findings"]) == (True, [])
