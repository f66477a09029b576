"""Runs from the command line, on a database that the test fills."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import psutil
import pytest
from django.conf import settings

from bekal.ledger.models import Run, RunState
from bekal.ledger.runs.services import approve_run
from bekal.treasury.services import propose_revocation
from tests.builders import FIRST_PURCHASE_BY, TOTAL_IDR, day_after, grant_wave, on
from tests.cli.conftest import Bekal, Outcome

LATER: Final = day_after(FIRST_PURCHASE_BY)
_PATIENCE_SECONDS: Final = 120


@pytest.fixture
def command(bekal: Bekal, committed_database: str) -> Bekal:
    """`bekal` on the test's own database."""

    def run(*arguments: str, **variables: Any) -> Outcome:
        return bekal(*arguments, DATABASE_URL=committed_database, BEKAL_HOME=str(settings.BEKAL_HOME), **variables)

    return run


def proposed_revocation(people: int) -> tuple[Run, Callable[[], Run]]:
    granted = grant_wave(count=people)
    with on(LATER):
        run = propose_revocation(wave=granted.wave, proposer=granted.operator)

    def approve() -> Run:
        with on(LATER):
            return approve_run(run=run, approver=granted.approver)

    return run, approve


def test_a_run_is_listed_and_posted(command: Bekal) -> None:
    assert command("runs", "--json").json == {"runs": []}
    run, approve = proposed_revocation(3)
    refused = command("post", str(run.public_id), "--json")
    assert (refused.status, refused.json["error"]["code"]) == (2, "run_state_wrong")
    approve()
    expected = {
        "run": str(run.public_id),
        "kind": "revocation",
        "state": "finished",
        "posting_date": LATER.isoformat(),
        "targets": 6,
        "bound_idr": 3 * TOTAL_IDR,
        "posted": 6,
        "posted_idr": 3 * TOTAL_IDR,
        "skipped": 0,
        "proposed_by": run.proposed_by.email,
        "approved_by": Run.objects.get(pk=run.pk).approved_by.email,  # type: ignore[union-attr]
    }
    listed = command("runs", "--json").json["runs"]
    assert [(each["kind"], each["state"]) for each in listed] == [("revocation", "approved"), ("grant", "finished")]
    for _ in range(2):
        posted = command("post", str(run.public_id), "--json")
        assert (posted.status, posted.json) == (0, expected)
    assert command("runs", "--json").json["runs"][0] == expected
    assert str(run.public_id) in command("runs").output


def test_the_worker_posts_what_was_approved(command: Bekal) -> None:
    run, approve = proposed_revocation(3)
    approve()
    worked = command("worker", "--once", "--json")
    assert (worked.status, worked.json["failures"]) == (0, 0)
    assert worked.json["posted"][-1]["run"] == str(run.public_id)
    assert str(run.public_id) in worked.errors
    run.refresh_from_db()
    assert (run.state, run.posted_idr) == (RunState.FINISHED, 3 * TOTAL_IDR)
    assert command("worker", "--once", "--json").json == {"posted": [], "failures": 0}


def test_a_run_that_is_none_is_refused(command: Bekal) -> None:
    unknown = command("post", str(uuid4()), "--json")
    assert (unknown.status, unknown.json["error"]["code"]) == (2, "unknown_run")
    malformed = command("post", "12")
    assert (malformed.status, malformed.output) == (2, "")
    assert "RUN" in malformed.errors


@pytest.mark.slow
def test_the_worker_of_a_demo_ends_with_it(command_environment: dict[str, str], home: Path) -> None:
    """Told to end, and killed: the second time the demo that the first one built is served."""
    for told in (signal.SIGTERM, signal.SIGKILL):
        _end_a_demo(command_environment | {"BEKAL_HOME": str(home)}, told)


def _end_a_demo(environment: dict[str, str], told: signal.Signals) -> None:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    demo = subprocess.Popen(
        [sys.executable, "-m", "bekal.config.main", "demo", "--participants", "10", "--port", str(port), "--json"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        assert demo.stdout is not None
        assert json.loads(demo.stdout.readline())["url"] == f"http://127.0.0.1:{port}"
        children = _await(lambda: _children(demo.pid, "worker"))
        demo.send_signal(told)
        demo.wait(_PATIENCE_SECONDS)
        _await(lambda: not any(_is_alive(child) for child in children))
    finally:
        # The processes that serve the pages may outlive a killed demo.
        with suppress(ProcessLookupError):
            os.killpg(demo.pid, signal.SIGKILL)
        demo.communicate()


def _await(found: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if result := found():
            return result
        time.sleep(0.1)
    pytest.fail("waited in vain")


def _children(parent: int, word: str) -> list[int]:
    return [child.pid for child in psutil.Process(parent).children() if word in child.cmdline()]


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
