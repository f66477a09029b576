import pytest

from tests.cli.conftest import Bekal


@pytest.mark.parametrize(
    "command",
    ["demo", "import-catalogue", "runs", "post", "worker", "replay", "audit", "seal", "statement", "verify-statement", "report"],
)
def test_every_command_explains_itself_without_a_database(bekal: Bekal, command: str) -> None:
    outcome = bekal(command, "--help", BEKAL_HOME="/nonexistent/bekal")
    assert (outcome.status, outcome.errors) == (0, "")
    assert outcome.output.startswith(f"usage: bekal {command}")


def test_an_unknown_command_is_refused_with_the_known_ones(bekal: Bekal) -> None:
    outcome = bekal("sell")
    assert outcome.status == 2
    assert all(name in outcome.errors for name in ("demo", "import-catalogue", "replay", "audit"))


def test_a_server_that_does_not_answer_is_named(bekal: Bekal) -> None:
    outcome = bekal("audit", "--json", DATABASE_URL="postgresql://bekal@127.0.0.1:1/bekal")
    assert outcome.status == 2
    assert outcome.json["error"]["code"] == "database_away"
    assert "DATABASE_URL" in outcome.errors


def test_an_address_that_is_none_is_named(bekal: Bekal) -> None:
    outcome = bekal("audit", "--json", DATABASE_URL="postgresql://[")
    assert outcome.status == 2
    assert outcome.json["error"]["code"] == "bad_database_url"


def test_a_home_that_is_a_file_is_refused(bekal: Bekal) -> None:
    outcome = bekal("audit", "--json", BEKAL_HOME="/etc/passwd")
    assert outcome.status == 2
    assert outcome.output.count("\n") == 1
    assert "Traceback" not in outcome.errors
