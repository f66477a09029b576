from pathlib import Path
from typing import Final

from bekal.participants.draw.rule import HOUSEHOLD_FULL
from tests.cli.conftest import Bekal
from tests.participants.draw.files import Files, changed_json, many, publish

NOWHERE: Final = {"BEKAL_HOME": "/nonexistent/bekal", "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}


def found_full(files: Files) -> int:
    return int((files.outcome == HOUSEHOLD_FULL).sum())


def test_a_draw_is_repeated_without_a_database(bekal: Bekal, tmp_path: Path) -> None:
    files = publish(tmp_path, many(120), places=30)
    found = bekal("draw", "verify", *map(str, files.paths), "--json", **NOWHERE)
    assert (found.status, found.json) == (
        0,
        {
            "valid": True,
            "problems": [],
            "problem_count": 0,
            "root": files.root.hex(),
            "applications": 120,
            "places": 30,
            "outcomes": {"household_full": found_full(files), "placed": 30, "reserve": 90 - found_full(files)},
            "test_beacon": True,
        },
    )


def test_what_does_not_hold_and_what_cannot_be_read(bekal_here: Bekal, tmp_path: Path) -> None:
    files = publish(tmp_path, many(120), places=30)
    files.change("applications.jsonl.gz", lambda lines: lines.__setitem__(7, changed_json(lines[7], pools=[])))
    found = bekal_here("draw", "verify", *map(str, files.paths), **NOWHERE)
    assert found.status == 1
    first, *_, last = found.output.splitlines()
    assert first == "line 8: the row of number 7 was changed"
    assert last.startswith("the draw does NOT hold: 120 applications, 30 places")
    assert last.endswith("The value is the test beacon's: it decides nothing outside a demo.")
    for path in (tmp_path / "no such file", tmp_path / "leaves.bin"):
        unread = bekal_here("draw", "verify", str(path), "--json", **NOWHERE)
        assert (unread.status, unread.json["error"]["code"]) == (2, "file_not_read")
