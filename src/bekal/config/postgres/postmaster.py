"""What `postmaster.pid` in a data folder says, and whether it is still true.

The file outlives a killed server, and after a restart of the machine or of a container its process number may belong to anyone.
"""

import os
from itertools import pairwise
from pathlib import Path
from typing import Final

_RECORD: Final = "postmaster.pid"
_PID_LINE: Final = 0
_SOCKETS_LINE: Final = 4


def running_on(data: Path) -> int | None:
    """The process number of the PostgreSQL that runs on `data`; None if none does. In doubt, the recorded number."""
    pid = _recorded_pid(data)
    return pid if pid is not None and _is_alive(pid) and not _is_surely_another(pid, data) else None


def socket_folder_of(data: Path) -> Path | None:
    """The folder in which the server that runs on `data` put its socket; None if there is no server or not yet a socket."""
    line = _line(data, _SOCKETS_LINE) if running_on(data) is not None else ""
    return Path(line) if line else None


def forget_reused_number(data: Path) -> None:
    """Remove the record of a dead server if its process number now belongs to another process, which PostgreSQL would mistake
    for that server. Records of plainly dead servers are left for PostgreSQL, which looks for their memory before it starts.
    """
    pid = _recorded_pid(data)
    if pid is not None and _is_alive(pid) and _is_surely_another(pid, data):
        (data / _RECORD).unlink()


def _line(data: Path, number: int) -> str:
    try:
        lines = (data / _RECORD).read_text().splitlines()
    except FileNotFoundError:
        return ""
    return lines[number] if len(lines) > number else ""


def _recorded_pid(data: Path) -> int | None:
    text = _line(data, _PID_LINE).removeprefix("-").strip()
    return int(text) if text.isdecimal() and int(text) > 0 else None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_surely_another(pid: int, data: Path) -> bool:
    """Whether a living process is certainly no PostgreSQL on `data`. A zombie, which has no command line any more, is none."""
    try:
        command = os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes()).split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    if Path(command[0]).name != "postgres":  # the children of a server rename themselves: "postgres: checkpointer"
        return True
    for option, value in pairwise(command):
        folder = Path(value)
        if option == "-D" and folder.is_absolute():
            try:
                return not folder.samefile(data)
            except (FileNotFoundError, PermissionError):
                return True
    return False
