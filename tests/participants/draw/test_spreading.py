"""What helpers compute is what this process computes."""

from pathlib import Path

import numpy as np
import pytest

from bekal.participants.draw import spreading
from bekal.participants.draw.rule import beginnings_of
from bekal.participants.draw.spreading import HelperEnded, spread
from bekal.participants.draw.verify import verify_files
from tests.participants.draw.files import many, publish


@pytest.fixture
def helpers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Helpers for everything, however little it is."""
    monkeypatch.setattr(spreading, "WORTHWHILE", 0)
    monkeypatch.setattr("os.cpu_count", lambda: 2)


def test_answers_come_in_the_order_of_the_calls(helpers: None) -> None:
    calls = [(b"x", start, start + 3) for start in range(0, 60, 3)]
    found = list(spread(beginnings_of, iter(calls), count=len(calls)))
    assert np.concatenate(found).tolist() == beginnings_of(b"x", 0, 60).tolist()


def test_a_draw_of_helpers_is_the_same(helpers: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = publish(tmp_path, many(300), places=60)
    by_helpers = verify_files(files.paths)
    monkeypatch.setattr(spreading, "WORTHWHILE", 1000)
    assert (verify_files(files.paths), by_helpers.problems) == (by_helpers, [])


def test_what_a_helper_cannot_do_is_an_error(helpers: None, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(HelperEnded, match="beginnings_of"):
        list(spread(beginnings_of, [("no bytes", 0, 3)], count=1))
    assert "TypeError" in capfd.readouterr().err


def test_whoever_takes_no_more_leaves_no_helper(helpers: None) -> None:
    found = spread(beginnings_of, ((b"x", 0, 3) for _ in range(50)), count=50)
    next(found)
    found.close()  # type: ignore[attr-defined]
