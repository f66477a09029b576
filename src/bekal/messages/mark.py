"""A mark outside the database, by which a database is known that was put back to an earlier state.

Every portion of messages that is claimed for sending takes the next number, in the database and then in a file of the home
folder, before the first of them leaves. A database whose number is lower than the file's is older than something that was sent:
it was restored, and what it believes to be waiting may have been sent since.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings

RESTORED: Final = "sending.restored"
"""What `bekal restore` leaves in a home folder, which may never have had a mark."""


def was_restored(identity: UUID, claims: int) -> bool:
    """Whether the database of this identity, at this many claims, was put back."""
    if (_home() / RESTORED).exists():
        return True
    with _held(identity) as path:
        marked = _read(path)
    # A home folder that knows nothing of a database that has sent is another one than it was sent from.
    return claims > 0 if marked is None else marked > claims


def advance(identity: UUID, claims: int) -> None:
    """Note that so many portions were claimed, on the disk before this returns; never back."""
    with _held(identity) as path:
        if (_read(path) or -1) < claims:
            _write(path, claims)


def settle(identity: UUID, claims: int) -> int:
    """Take the database as it is from now on; returns the number of claims that it and the file are to have."""
    with _held(identity) as path:
        agreed = max(_read(path) or 0, claims) + 1
        _write(path, agreed)
    (_home() / RESTORED).unlink(missing_ok=True)
    return agreed


def leave_restored(home: Path) -> None:
    """Leave word that the database of a home folder was restored just now."""
    (home / RESTORED).touch(mode=0o600)


def _home() -> Path:
    return Path(settings.BEKAL_HOME)


def _read(path: Path) -> int | None:
    try:
        text = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    return int(text) if text.isdecimal() else None


def _write(path: Path, claims: int) -> None:
    fresh = path.with_suffix(".fresh")
    with fresh.open("w", encoding="ascii") as file:
        file.write(f"{claims}\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _held(identity: UUID) -> Iterator[Path]:
    """The file of a database, which one process at a time reads or writes."""
    home = _home()
    home.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(home / f"sending.{identity}.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield home / f"sending.{identity}.claims"
    finally:
        os.close(descriptor)
