"""Other processes, for tests of what happens between them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

USE = """
import sys
from pathlib import Path
from bekal.config.postgres import running_server
with running_server(Path(sys.argv[1]), durable=sys.argv[2] == "durable") as server:
    print(server.pid, flush=True)
    sys.stdin.read()
"""


@contextmanager
def using(home: Path, *, durable: bool = False) -> Iterator[subprocess.Popen[str]]:
    """Another process that uses `home` until its standard input is closed. It leads a group of processes of its own."""
    command = [sys.executable, "-c", USE, str(home), "durable" if durable else "forgetful"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def announced_pid(process: subprocess.Popen[str]) -> int:
    """The process number of the server that a process of `using` is using, once it does."""
    assert process.stdout is not None
    return int(process.stdout.readline())


def leave(process: subprocess.Popen[str]) -> None:
    """Let a process of `using` end as it should."""
    process.communicate(timeout=60)
    assert process.returncode == 0


def kill(pid: int) -> None:
    """Kill a process, without a chance to clean up, and wait for its end."""
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: has_ended(pid))


def has_ended(pid: int) -> bool:
    """Whether a process has ended, be it that its parent has not noticed yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def servers_below(folder: Path) -> list[int]:
    """The servers that run on data anywhere in `folder`."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            command = (process / "cmdline").read_bytes().decode(errors="replace").split("\0") if process.name.isdecimal() else []
        except (FileNotFoundError, ProcessLookupError):
            continue
        if Path(command[0] if command else "").name == "postgres" and any(part.startswith(f"{folder}/") for part in command[1:]):
            found.append(int(process.name))
    return found


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.01)
