"""How the supervisor of a site starts again what ends."""

import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from bekal.cli import serving
from bekal.cli.serving import Supervisor

WATCHED_SECONDS = 120.0


class Passing:
    """A clock on which every look of the supervisor takes as long as it means to wait, and in truth no time."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        if self.seconds > WATCHED_SECONDS:
            raise StopIteration


class Ending(subprocess.Popen[bytes]):
    """A process that has ended when the supervisor looks next."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.wait()


def test_what_ends_again_and_again_is_started_less_often_but_some_process_of_pages_within_a_second(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Passing()
    monkeypatch.setattr(serving, "time", clock)
    monkeypatch.setattr(subprocess, "Popen", Ending)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    supervisor = Supervisor(address="127.0.0.1", port=1, log=None)
    supervisor.start()
    with pytest.raises(StopIteration):
        supervisor.watch()
    supervisor.stop()

    ended = Counter(str(record.args[0]) for record in caplog.records if isinstance(record.args, tuple))
    assert set(ended) == {"pages 1", "pages 2", "worker"}
    assert ended["worker"] < 12
    assert WATCHED_SECONDS / 2.5 < ended["pages 1"] + ended["pages 2"] <= WATCHED_SECONDS + 24
