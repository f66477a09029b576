"""Where the embedded PostgreSQL keeps its files. No mode of a folder that was there before is ever changed."""

import errno
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bekal.config.postgres.errors import (
    DiskFull,
    FolderNotPrivate,
    HomeNotAFolder,
    HomeNotWritable,
    HomeUnknown,
    PathUnsuitable,
    PostgresUnavailable,
    SocketPathTooLong,
)
from bekal.config.postgres.identity import Identity

SOCKET_PATH_LIMIT_BYTES = 103
"""The longest path of a Unix socket that every system takes: 107 bytes on Linux, 103 on macOS."""

_SOCKET_NAME = ".s.PGSQL.5432"
_UNSUITABLE = {'"', "$", "`", "\\", ",", "\n"}
"""PostgreSQL's own programs hand paths to a shell in double quotes, and its clients split hosts at commas."""


def default_home() -> Path:
    """The folder of Bekal's data: `BEKAL_HOME`, else /var/lib/bekal for root, else `bekal` in the user's data folder.

    Raises:
        HomeUnknown: the user has no home folder.
    """
    if chosen := os.environ.get("BEKAL_HOME"):
        return Path(chosen)
    if os.geteuid() == 0:
        return Path("/var/lib/bekal")
    shared = os.environ.get("XDG_DATA_HOME", "")
    if Path(shared).is_absolute():
        return Path(shared) / "bekal"
    try:
        return Path.home() / ".local" / "share" / "bekal"
    except RuntimeError as error:
        raise HomeUnknown from error


def prepare_home(home: Path) -> Path:
    """Make `home` where it does not exist, and return its absolute path without links.

    Raises:
        HomeNotAFolder, PathUnsuitable: see there.
        OSError: it cannot be made.
    """
    path = home.expanduser().resolve()
    require_plain(path)
    # PostgreSQL's user must be able to walk through what root makes; `data` below it is closed.
    mode = 0o755 if os.geteuid() == 0 else 0o700
    for folder in [*reversed(path.parents), path]:
        if folder.is_dir():
            continue
        try:
            folder.mkdir()
        except FileExistsError as error:
            if not folder.is_dir():
                raise HomeNotAFolder(path=folder) from error
        else:
            folder.chmod(mode)
    return path


def require_plain(path: Path) -> None:
    """Raises: PathUnsuitable: PostgreSQL's programs would misread this path."""
    if _UNSUITABLE & set(str(path)):
        raise PathUnsuitable(path=path, characters=" ".join(sorted(_UNSUITABLE - {"\n"})))


def socket_folder_for(home: Path) -> Path:
    """Where the socket belongs: in `home`, or, where that path is too long, in the folder for temporary files.

    Raises:
        SocketPathTooLong: neither is short enough.
    """
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    elsewhere = Path(tempfile.gettempdir()).resolve() / f"bekal-{digest}"
    for folder in (home / "run", elsewhere):
        if len(os.fsencode(folder / _SOCKET_NAME)) <= SOCKET_PATH_LIMIT_BYTES:
            require_plain(folder)
            return folder
    raise SocketPathTooLong(path=elsewhere, limit=SOCKET_PATH_LIMIT_BYTES)


def make_private_folder(folder: Path, identity: Identity) -> None:
    """Make `folder` so that only `identity` and root get in, or make sure that it is so already.

    Raises:
        FolderNotPrivate: it is a link or a file, belongs to somebody else, or is open to others.
    """
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    try:
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise FolderNotPrivate(path=folder, user=identity.name) from error
    try:
        if stat.S_IMODE(os.fstat(fd).st_mode) == 0o700:
            identity.own(fd)
        found = os.fstat(fd)
    finally:
        os.close(fd)
    if found.st_uid != identity.uid or stat.S_IMODE(found.st_mode) != 0o700:
        raise FolderNotPrivate(path=folder, user=identity.name)


def is_private_folder(folder: Path, identity: Identity) -> bool:
    """Whether `folder` is a real folder that only `identity` and root can enter."""
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == identity.uid and stat.S_IMODE(found.st_mode) == 0o700


def remove_socket_leftovers(folder: Path) -> None:
    """Remove what a killed server left. Only while no server of ours runs."""
    for name in (_SOCKET_NAME, f"{_SOCKET_NAME}.lock"):
        (folder / name).unlink(missing_ok=True)


def open_private_file(path: Path, identity: Identity) -> int:
    """Open a file of ours, made where it does not exist, which belongs to `identity`. The caller closes it."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    identity.own(fd)
    return fd


@contextmanager
def reasons_for(home: Path) -> Iterator[None]:
    """Turn what the system refuses below `home` into an error that says what to do."""
    try:
        yield
    except OSError as error:
        path = error.filename or home
        reason = error.strerror or str(error)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(home=home) from error
        if error.errno in (errno.ENOTDIR, errno.EEXIST):
            raise HomeNotAFolder(path=path) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise HomeNotWritable(path=path, reason=reason) from error
        raise PostgresUnavailable(home=home, reason=f"{path}: {reason}") from error
