"""What a killed run left in memory is removed, and nothing else."""

import os
import subprocess
import sys
from pathlib import Path

from tests.memory import folder_in_memory, remove_left_over


def test_folders_of_processes_that_ended_are_removed(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    names = [f"run-{ended.pid}-a", f"run-{os.getpid()}-b", "run-c", f"other-{ended.pid}-d"]
    for name in names:
        (tmp_path / name / "data").mkdir(parents=True)
    remove_left_over(tmp_path, "run-")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names[1:])


def test_too_little_room_is_none() -> None:
    assert folder_in_memory(least_free_bytes=2**60) is None
