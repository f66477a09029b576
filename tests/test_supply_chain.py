"""What is checked of the packages, with packages and answers that are wrong in one thing."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest
from scripts import check_supply_chain
from scripts.check_supply_chain import (
    REQUIREMENTS,
    changed,
    pins,
    read_answer,
    strangers,
    to_ask,
    unpinned,
    unsuitable,
    vulnerabilities,
)

HASH = "a" * 64


def package(folder: Path, *, metadata: str = "License-Expression: MIT", version: str = "1.0") -> PathDistribution:
    """An installed package of one file."""
    information = folder / f"thing-{version}.dist-info"
    information.mkdir()
    (folder / "thing.py").write_text("x = 1\n")
    digest = urlsafe_b64encode(sha256(b"x = 1\n").digest()).rstrip(b"=").decode()
    (information / "METADATA").write_text(f"Metadata-Version: 2.4\nName: thing\nVersion: {version}\n{metadata}\n")
    (information / "RECORD").write_text(f"thing.py,sha256={digest},6\nthing-{version}.dist-info/RECORD,,\n")
    return PathDistribution(information)


def test_a_compiled_file_is_read() -> None:
    text = f"# a comment\nthing[extra]==1.0 ; python_version < '3.13' \\\n    --hash=sha256:{HASH} \\\n    --hash=sha256:{HASH}\n"
    text += "    # via x\nOther_Thing>=2\n"
    assert pins(text) == {"thing": {"1.0": 2}, "other-thing": {"": 0}}


def test_what_is_not_pinned_by_a_hash_is_found(tmp_path: Path) -> None:
    (tmp_path / "base.in").write_text("# why\nthing>=1\nother[extra]\n-r more.in\n")
    (tmp_path / "base.txt").write_text(f"thing==1.0 \\\n    --hash=sha256:{HASH}\nloose==2\n")
    assert list(unpinned(tmp_path)) == [
        "other is in base.in and not in base.txt: make requirements",
        "loose is in base.txt without a version or a hash",
    ]


def test_what_nobody_asked_for_is_found(tmp_path: Path) -> None:
    installed = [package(tmp_path)]
    assert list(strangers(installed, {"thing": {"0.9": 1, "1.0": 1}})) == []
    assert list(strangers(installed, {"thing": {"1.1": 1}})) == ["thing is installed as 1.0 and pinned as 1.1"]
    assert list(strangers(installed, {})) == ["thing 1.0 is installed and in no file of requirements"]


def test_a_file_that_was_changed_or_is_gone_is_found(tmp_path: Path) -> None:
    installed = [package(tmp_path)]
    assert list(changed(installed)) == []
    (tmp_path / "thing.py").write_text("x = 2\n")
    assert list(changed(installed)) == ["thing: thing.py is not what was published"]
    (tmp_path / "thing.py").unlink()
    assert list(changed(installed)) == ["thing: thing.py is gone"]


@pytest.mark.parametrize(
    ("metadata", "is_suitable"),
    [
        ("License-Expression: BSD-2-Clause AND Apache-2.0 WITH LLVM-exception", True),
        ("License-Expression: GPL-3.0-only OR MIT", True),
        ("License-Expression: MIT AND GPL-3.0-only", False),
        ("License-Expression: LGPL-3.0-only", True),
        ("License-Expression: AGPL-3.0-or-later", False),
        ("Classifier: License :: OSI Approved :: GNU General Public License v3 (GPLv3)", False),
        ("Classifier: License :: OSI Approved :: BSD License", True),
        ("License: Apache 2.0", True),
        ("License: MPL-2.0 AND MIT", True),
        ("License: MPL-2.0 AND Proprietary", False),
        ("License: Proprietary", False),
        ("Summary: nothing of licences", False),
    ],
)
def test_only_suitable_licences_pass(tmp_path: Path, metadata: str, is_suitable: bool) -> None:
    assert (list(unsuitable([package(tmp_path, metadata=metadata)])) == []) is is_suitable


def test_every_package_is_asked_about_also_those_of_benchmarks(tmp_path: Path) -> None:
    for name, held in {"base": ["a==1"], "test": ["a==1", "b==1"], "bench": ["a==1", "c==2"], "build": ["d==1"]}.items():
        (tmp_path / f"{name}.txt").write_text("".join(f"{each} \\\n    --hash=sha256:{HASH}\n" for each in held))
    assert [path.name for path in to_ask(tmp_path)] == ["bench.txt", "build.txt", "test.txt"]
    assert {path.name for path in to_ask(REQUIREMENTS)} >= {"bench.txt", "build.txt", "test.txt"}


@pytest.mark.parametrize(
    ("auditor", "why"),
    [
        ("import sys; sys.exit('the index is away')", "the index is away"),
        ("", "status 0"),
        ("raise ModuleNotFoundError('no such thing')", "ModuleNotFoundError: no such thing"),
    ],
)
def test_where_the_auditor_gives_no_answer_nothing_is_called_safe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, auditor: str, why: str
) -> None:
    (tmp_path / "pip_audit.py").write_text(auditor)
    requirements = tmp_path / "base.txt"
    requirements.write_text(f"thing==1.0 \\\n    --hash=sha256:{HASH}\nother==2 \\\n    --hash=sha256:{HASH}\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found = vulnerabilities(requirements)
    assert (found.known, len(found.unknown), found.asked, found.failed) == ([], 2, 2, why)


_AUDITOR = """
import json, sys
told = {"dependencies": [{"name": "thing", "version": "1.0", "vulns": VULNERABLE}]}
open(sys.argv[sys.argv.index("--output") + 1], "w").write(json.dumps(told))
"""


@pytest.mark.parametrize(
    ("vulnerable", "pinned", "wrong"),
    [
        ("[]", "1.0", []),
        ("[{'id': 'PYSEC-1', 'fix_versions': []}]", "1.0", ["thing 1.0: PYSEC-1; fixed in none yet"]),
        ("[]", "2.0", ["thing is installed as 1.0 and pinned as 2.0"]),
    ],
)
def test_whatever_is_wrong_fails(
    *,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    vulnerable: str,
    pinned: str,
    wrong: list[str],
) -> None:
    installed = package(tmp_path)
    (tmp_path / "pip_audit.py").write_text(_AUDITOR.replace("VULNERABLE", vulnerable))
    requirements = tmp_path / "requirements"
    requirements.mkdir()
    (requirements / "base.in").write_text("thing\n")
    (requirements / "base.txt").write_text(f"thing=={pinned} \\\n    --hash=sha256:{HASH}\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(check_supply_chain, "REQUIREMENTS", requirements)
    monkeypatch.setattr(check_supply_chain, "distributions", lambda: [installed])
    assert check_supply_chain.main() == bool(wrong)
    assert capsys.readouterr().err.splitlines() == [f"wrong: {each}" for each in wrong]


def test_packages_that_were_skipped_are_not_called_safe() -> None:
    answer: dict[str, list[dict[str, object]]] = {
        "dependencies": [
            {"name": "safe", "version": "1", "vulns": []},
            {"name": "skipped", "skip_reason": "not found"},
            {"name": "bad", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}]},
        ]
    }
    found = read_answer(answer, asked=4)
    assert (found.known, found.unknown) == (
        ["bad 2: PYSEC-1; fixed in 2.1"],
        ["skipped", "a package that it does not name"],
    )
