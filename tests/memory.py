"""A place in memory for the databases of tests: making and copying one takes a tenth of the time that it takes on a disk."""

import os
import re
import shutil
from pathlib import Path
from typing import Final

_MEMORY: Final = Path("/dev/shm")  # noqa: S108


def folder_in_memory(*, least_free_bytes: int) -> Path | None:
    """The folder of files that are kept in memory, if programs run in it and it has room; None: take the usual place."""
    if not os.access(_MEMORY, os.W_OK) or os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC:
        return None
    return _MEMORY if shutil.disk_usage(_MEMORY).free >= least_free_bytes else None


def remove_left_over(parent: Path, prefix: str) -> None:
    """Remove the folders `prefix<pid>-…` of killed processes, which would take up memory until the machine is started anew."""
    for folder in parent.glob(f"{prefix}*"):
        found = re.match(r"\d+(?=-)", folder.name.removeprefix(prefix))
        if found and not Path("/proc", found[0]).exists():
            shutil.rmtree(folder, ignore_errors=True)
