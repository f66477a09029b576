"""Both verifiers, Bekal's own and that of the documentation, find a draw right, and name what was changed."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bekal.participants.draw.beacon import sign_test_round, value_of
from bekal.participants.draw.verify import Unreadable, Verified, verify_files
from tests.participants.draw.files import ROUND, SCRIPT, Files, changed_json, many, publish, run_script

Lines = list[bytes]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return publish(tmp_path / "draw", many(240), places=60, left=1)


def test_a_draw_that_holds(files: Files) -> None:
    found = verify_files(files.paths)
    assert found == Verified(
        problems=[],
        problem_count=0,
        root=files.root.hex(),
        count=240,
        places=60,
        outcomes={"placed": 60, "reserve": int((files.outcome == -1).sum()), "household_full": int((files.outcome == -2).sum())},
        is_test=True,
    )
    assert found.outcomes is not None
    assert found.outcomes["household_full"] > 0
    assert {files.letters[pool] for pool in files.outcome if pool >= 0} == set(files.letters)
    assert run_script(files) == (0, ["the draw holds"])


def test_the_script_stands_alone_and_is_short() -> None:
    text = SCRIPT.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 120
    assert "import bekal" not in text
    assert "from bekal" not in text


def test_before_the_draw_two_files_are_enough(files: Files) -> None:
    found = verify_files(files.paths[1::-1])
    assert (found.problems, found.outcomes) == ([], None)


def test_plain_files_are_the_same(files: Files) -> None:
    for path in files.paths:
        content = path.read_bytes()
        if content.startswith(b"\x1f\x8b"):
            path.write_bytes(gzip.decompress(content))
    assert verify_files(files.paths).problems == []
    assert run_script(files)[0] == 0


def row(line: int, /, **changes: Any) -> Callable[[Lines], None]:
    def change(lines: Lines) -> None:
        lines[line] = changed_json(lines[line], **changes)

    return change


def share(lines: Lines) -> None:
    header = json.loads(lines[0])
    header["pools"][0]["places"] += 1
    lines[0] = changed_json(lines[0], pools=header["pools"])


def spaced(lines: Lines) -> None:
    lines[5] = lines[5].replace(b",", b", ", 1)


@pytest.mark.parametrize(
    ("change", "ours", "theirs"),
    [
        (row(17, commitment="00" * 32), "line 18: the row of number 17 was changed", "the row of number 17 was changed"),
        (row(17, pools=[]), "line 18: the row of number 17 was changed", "the row of number 17 was changed"),
        (row(17, number=16), "line 18: number 16 is given twice; it is the place of 17", "number 16 stands in the place of 17"),
        (share, "line 1: a share was altered", "a share was altered: "),
        (row(0, places=61), "line 1: places is 61 in the file, 60 in the announcement", "the header was changed"),
        (spaced, "line 6: it is not written as an application is", "a line is not canonical JSON"),
        (lambda lines: lines.pop(20), "there are 239 applications, the header says 240", "the row of number 20 was changed"),
        (lambda lines: lines.insert(20, lines[20]), "there are 241 applications, the header says 240", "number 20 stands"),
    ],
    ids=["commitment", "pools", "twice", "share", "places", "spaces", "missing", "added"],
)  # fmt: skip
def test_a_changed_file_of_applications_is_named(files: Files, change: Callable[[Lines], None], ours: str, theirs: str) -> None:
    files.change("applications.jsonl.gz", change)
    found = verify_files(files.paths)
    assert [problem for problem in found.problems if problem.startswith(ours)] != []
    status, lines = run_script(files)
    assert status == 1
    assert [line for line in lines if line.startswith(theirs)] != []


def test_a_share_altered_in_both_files_is_found_by_the_leaves(files: Files) -> None:
    files.change("applications.jsonl.gz", share)
    files.change("announcement.json", lambda lines: lines.__setitem__(0, _with_share(lines[0])))
    assert "line 1: the header was changed" in verify_files(files.paths).problems
    assert "the header was changed" in run_script(files)[1]


def _with_share(line: bytes) -> bytes:
    header = json.loads(line)["header"]
    header["pools"][0]["places"] += 1
    return changed_json(line, header=header)


def other_value(lines: Lines) -> None:
    signature = sign_test_round(ROUND + 1)
    lines[0] = changed_json(lines[0], round=ROUND + 1, signature=signature.hex(), value=value_of(signature).hex())


def other_signature(lines: Lines) -> None:
    signature = sign_test_round(ROUND + 1)
    lines[0] = changed_json(lines[0], signature=signature.hex(), value=value_of(signature).hex())


def swapped(lines: Lines) -> None:
    lines[1], lines[-2] = lines[-2], lines[1]


@pytest.mark.parametrize(
    ("change", "ours", "theirs"),
    [
        (other_value, f"round {ROUND + 1} was not announced", "the value is not that of an announced round"),
        (other_signature, f"the signature is not that of round {ROUND} of test beacon", "the signature is false"),
        (row(0, value="00" * 32), "the value is not the SHA-256 of the signature", "the value is not that of an announced round"),
        (row(0, root="00" * 32), "the results are those of another root", None),
        (row(0, counts={}), "the results are ", None),
        (swapped, "results, line 2: ", "number "),
        (lambda lines: lines.pop(9), "results, line 10: ", "number "),
        (lambda lines: lines.insert(-1, b"{}"), "the results go on after the last number", "number 0 is "),
    ],
    ids=["round", "signature", "value", "root", "counts", "swapped", "missing", "more"],
)
def test_changed_results_are_named(files: Files, change: Callable[[Lines], None], ours: str, theirs: str | None) -> None:
    files.change("results.jsonl.gz", change)
    assert [problem for problem in verify_files(files.paths).problems if problem.startswith(ours)] != []
    if theirs is not None:
        status, lines = run_script(files)
        assert (status, [line for line in lines if line.startswith(theirs)] != []) == (1, True)


def test_leaves_that_are_not_those_of_the_root_name_nothing(files: Files) -> None:
    files.change("applications.jsonl.gz", row(17, commitment="00" * 32))
    files.paths[2].write_bytes(files.paths[2].read_bytes()[:-1] + b"\0")
    problems = verify_files(files.paths).problems
    assert problems[0] == "the file of leaves does not have the announced root, so it cannot say which line was changed"
    assert not any("row of number" in problem for problem in problems)


def test_another_key_under_the_name_of_quicknet_is_found(files: Files) -> None:
    forged = {**files.header["beacon"], "name": "drand quicknet", "test": False}
    files.change("announcement.json", row(0, header={**files.header, "beacon": forged}))
    assert "the beacon is neither drand quicknet nor the test beacon" in verify_files(files.paths).problems
    assert "the beacon is not drand quicknet" in run_script(files)[1]


def test_many_problems_are_counted(files: Files) -> None:
    files.change("results.jsonl.gz", lambda lines: lines.__setitem__(slice(1, -1), lines[-2:0:-1]))
    found = verify_files(files.paths)
    assert (len(found.problems), found.problem_count) == (5, 240)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("announcement.json", b"{}"),
        ("announcement.json", b"{"),
        ("announcement.json", b'{"format":"bekal-draw-announcement/1"}'),
        ("announcement.json", b'{"a": 1}'),
        ("applications.jsonl.gz", b'{"format":"bekal-draw/2"}'),
        ("applications.jsonl.gz", b"\x1f\x8b\x08"),
        ("results.jsonl.gz", b'{"format":"bekal-draw-result/1"}\n'),
    ],
)
def test_what_cannot_be_read(files: Files, name: str, content: bytes) -> None:
    (files.folder / name).write_bytes(content)
    with pytest.raises(Unreadable):
        verify_files(files.paths)


def test_a_file_that_was_cut_off(files: Files) -> None:
    path = files.paths[1]
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(Unreadable, match="cut off"):
        verify_files(files.paths)


def test_what_is_missing_or_given_twice(files: Files) -> None:
    with pytest.raises(Unreadable, match="are needed"):
        verify_files(files.paths[:1])
    with pytest.raises(Unreadable, match="second file of the same kind"):
        verify_files([*files.paths, files.paths[2]])


MOST = 1 << 20
"""Bytes that are read of a file of some hundred lines at the most."""


def test_a_small_gzip_file_that_holds_more_than_any_memory(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever publishes the files is not trusted: no file is read further than a right one of its count goes."""
    files.change("applications.jsonl.gz", lambda lines: lines.extend([b"{}"] * (2 * MOST)))
    bomb = files.paths[2].read_bytes() + bytes(2 * MOST)
    for name, content in (("leaves.bin", bomb), ("applications.jsonl.gz", files.paths[1].read_bytes())):
        (files.folder / name).write_bytes(gzip.compress(content))
    monkeypatch.setattr(gzip, "GzipFile", Counted)
    Counted.read_bytes = 0
    found = verify_files(files.paths)
    assert "the applications go on long after the last of the header's count" in found.problems
    assert Counted.read_bytes < MOST


class Counted(gzip.GzipFile):
    """Counts what is unpacked."""

    read_bytes = 0

    def read(self, size: int | None = -1) -> bytes:
        found = super().read(size)
        Counted.read_bytes += len(found)
        return found

    def readinto(self, buffer: Any) -> int:
        found = super().readinto(buffer)
        Counted.read_bytes += found
        return found


def nested(lines: Lines) -> None:
    lines[4096:] = [gzip.compress(b"\n".join(lines[4096:]), mtime=0)]


def test_a_gzip_file_within_a_file_is_none_of_a_draw(tmp_path: Path) -> None:
    """The blocks of the database are gzip files; of what is published, another verifier would read another line."""
    files = publish(tmp_path / "draw", many(4100), places=60)
    files.change("applications.jsonl.gz", nested)
    with pytest.raises(Unreadable, match="gzip file stands within"):
        verify_files(files.paths)


@pytest.mark.parametrize("change", [{"round": -1}, {"count": -1}, {"places": -1}, {"late_round": True}])
def test_numbers_that_no_header_holds(files: Files, change: dict[str, int]) -> None:
    files.change("announcement.json", row(0, header={**files.header, **change}))
    with pytest.raises(Unreadable, match="its form does not allow"):
        verify_files(files.paths)


def test_a_line_that_never_ends(files: Files) -> None:
    files.change("applications.jsonl.gz", lambda lines: lines.insert(3, b"x" * MOST))
    with pytest.raises(Unreadable, match="longer than"):
        verify_files(files.paths)
