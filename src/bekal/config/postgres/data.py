"""The data folder: whether there is one that this PostgreSQL can start, and making one."""

import os
import shutil
import stat
from pathlib import Path

from bekal.config.postgres.binaries import MAJOR_VERSION
from bekal.config.postgres.errors import DataIncomplete, DataNotOurs, DiskFull, InitFailed, OtherMajorVersion
from bekal.config.postgres.folders import make_private_folder
from bekal.config.postgres.identity import Identity, name_of
from bekal.config.postgres.notices import told_if_slow
from bekal.config.postgres.texts import early_gettext_lazy as _

ROLE = "bekal"

_FULL_DISK_BYTES = 32_000_000
"""Two segments of the write-ahead log: with less, a failure is put down to the disk, even where nothing could be logged."""
_FULL_DISK_WORDS = ("No space left on device", "Disk quota exceeded")


def is_startable(data: Path, identity: Identity) -> bool:
    """True if there is a cluster in `data`; False if there is nothing.

    Raises:
        DataNotOurs, DataIncomplete, OtherMajorVersion: there is something that PostgreSQL cannot start as `identity`.
        FolderNotEnterable: `data` is a link to a place that `identity` cannot reach.
    """
    if not os.path.lexists(data):
        return False
    if not data.is_dir():
        raise DataIncomplete(path=data)
    found = data.stat()
    mode = stat.S_IMODE(found.st_mode)
    if found.st_uid != identity.uid or mode not in (0o700, 0o750):
        raise DataNotOurs(path=data, owner=name_of(found.st_uid), mode=f"{mode:o}", user=identity.name)
    identity.require_entry(data.resolve())
    try:
        version = (data / "PG_VERSION").read_text().strip()
    except FileNotFoundError as error:
        raise DataIncomplete(path=data) from error
    if version != str(MAJOR_VERSION):
        raise OtherMajorVersion(path=data, found=version, expected=MAJOR_VERSION)
    return True


def initialise(data: Path, programs: Path, identity: Identity, *, lock_fd: int, durable: bool) -> None:
    """Make an empty cluster beside `data` and move it there when it is complete, so that `data` is never half made.

    Args:
        programs: the folder of `initdb`.
        lock_fd: the open file of the server's lock, held; `initdb` inherits it.
        durable: wait until everything is on the disk.

    Raises:
        DiskFull, InitFailed: it could not be made, and nothing is left of the attempt.
    """
    unfinished = data.with_name("data.new")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    make_private_folder(unfinished, identity)
    options = [
        f"--pgdata={unfinished}",
        f"--username={ROLE}",
        "--auth-local=trust",
        "--auth-host=reject",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-instructions",
        *([] if durable else ["--no-sync"]),
    ]
    with told_if_slow(_("Making the database.")):
        making = identity.run([programs / "initdb", *options], pass_fds=[lock_fd])
    if making.returncode != 0:
        output = making.stderr.strip()
        disk_full = is_disk_full(data.parent, output)
        shutil.rmtree(unfinished)
        raise DiskFull(home=data.parent) if disk_full else InitFailed(home=data.parent, output=output)
    unfinished.rename(data)
    folder = os.open(data.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def is_disk_full(home: Path, output: str) -> bool:
    """Whether a program that failed with `output` failed for want of room."""
    return any(words in output for words in _FULL_DISK_WORDS) or shutil.disk_usage(home).free < _FULL_DISK_BYTES
