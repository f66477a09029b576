import re
import subprocess
import sys
from typing import Final

from tests.cli.conftest import Bekal

COMMANDS: Final = (
    "demo", "serve", "migrate", "import-catalogue", "runs", "post", "worker", "replay", "audit", "seal", "statement",
    "verify-statement", "report",
)  # fmt: skip
# One process of its own for all of them, with nothing set up.
EXPLAINING: Final = """
import sys
from bekal.config.main import main
for command in sys.argv[1:]:
    try:
        main([command, "--help"])
    except SystemExit as end:
        assert end.code == 0, command
"""


def test_every_command_explains_itself_without_a_database(command_environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", EXPLAINING, *COMMANDS],
        env=command_environment | {"BEKAL_HOME": "/nonexistent/bekal"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert re.findall(r"^example: bekal ([\w-]+)", done.stdout, re.MULTILINE) == list(COMMANDS)
    assert re.findall(r"^usage: bekal ([\w-]+)", done.stdout, re.MULTILINE) == list(COMMANDS)


def test_an_unknown_command_is_refused_with_the_known_ones(bekal_here: Bekal) -> None:
    outcome = bekal_here("sell")
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
