"""Machine code that is kept is never older than any file of the kernels."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from bekal.recommender.engine import kernels

FOLDER: Final = Path(kernels.__file__).parent
PACKAGE: Final = "bekal.recommender.engine.kernels"
PROGRAM: Final = f"""
import numpy as np
from {PACKAGE} import bounds
reduced, tops = np.empty(2), np.empty((3, 5))
bounds.best_tops(np.array([[9, 1, 0], [4, 1, 1]]), np.full(2, -1, np.int32), 2, 4, 0.0, reduced, tops)
print(tops[0, 4], sum(bounds.best_tops.stats.cache_hits.values()), bounds.best_tops._cache.cache_path)
"""
"""Calls a kernel of `bounds.py`, which calls `offer` of `candidates.py`; prints a result, reads of kept code, its place."""


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The kernels, copied into a folder of their own."""
    folder = tmp_path.joinpath("source", *PACKAGE.split("."))
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for parent in list(folder.parents)[:3]:
        (parent / "__init__.py").touch()
    return folder


def run(copied: Path) -> tuple[float, int, Path]:
    """What the program prints, with the copied kernels."""
    home = copied.parents[4]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    environment |= {"PYTHONPATH": str(copied.parents[3]), "HOME": str(home / "home"), "XDG_CACHE_HOME": str(home / "cache")}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True)
    result, hits, place = done.stdout.split()
    return float(result), int(hits), Path(place)


def kept_in(place: Path) -> list[str]:
    return sorted(path.name for path in place.parent.glob("bekal-kernels-*"))


def test_a_change_of_a_callee_in_another_file_is_seen(copied: Path) -> None:
    result, hits, place = run(copied)
    assert (result, hits, place.parent) == (13, 0, copied / "__pycache__")
    assert run(copied) == (13, 1, place)

    callee = copied / "candidates.py"
    source = callee.read_text()
    changed = source.replace("    values[at] = value\n", "    values[at] = value + 100\n")
    assert changed != source
    callee.write_text(changed)

    other, hits, new_place = run(copied)
    assert (other, hits) == (213, 0)
    # What no process can use any more is gone.
    assert kept_in(place) == [new_place.name] != [place.name]


def test_code_is_kept_in_the_users_cache_folder_where_the_source_cannot_be_written(copied: Path) -> None:
    (copied / "__pycache__").write_text("no folder")
    cache = copied.parents[4] / "cache"
    result, hits, place = run(copied)
    assert (result, hits, place.is_relative_to(cache)) == (13, 0, True)
    assert run(copied) == (13, 1, place)


def test_without_any_place_to_keep_code_kernels_work(copied: Path) -> None:
    (copied / "__pycache__").write_text("no folder")
    (copied.parents[4] / "cache").write_text("no folder")
    assert run(copied) == (13, 0, Path("None"))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_a_kernel_uses_nothing_of_bekal_that_the_digest_does_not_see(path: Path) -> None:
    nodes = ast.walk(ast.parse(path.read_text()))
    imported = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)} | {
        name.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Import) for name in node.names
    }
    assert [name for name in imported if name.startswith("bekal") and not name.startswith(PACKAGE)] == []
