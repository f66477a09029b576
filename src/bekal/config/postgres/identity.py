"""The operating system's user that PostgreSQL runs as."""

import fcntl
import os
import pwd
import shutil
import subprocess
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from bekal.config.postgres.errors import FolderNotEnterable, NoUser

PREFERRED_USER = "bekal"
FALLBACK_USER = "nobody"

_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}
_CREATORS = (
    ("useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/bin/false", PREFERRED_USER),
    ("adduser", "-S", "-D", "-H", "-h", "/nonexistent", "-s", "/bin/false", PREFERRED_USER),
)
_FIRST_CLOSED = 'for folder; do test -x "$folder" || { printf %s "$folder"; exit 1; }; done'


@dataclass(frozen=True)
class Identity:
    """A user other than root. `switches`: this process is root, and starts programs as that user."""

    name: str
    uid: int
    gid: int
    switches: bool

    def run(self, command: Sequence[str | Path], *, pass_fds: Collection[int] = ()) -> subprocess.CompletedProcess[str]:
        """Run a program as this user, in its own session, out of reach of Ctrl-C, with nothing of this process but `pass_fds`.

        Raises:
            OSError: it cannot be started.
        """
        return subprocess.run(
            command,
            check=False,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            stdin=subprocess.DEVNULL,
            cwd="/",
            env=_ENVIRONMENT,
            umask=0o077,
            start_new_session=True,
            pass_fds=pass_fds,
            user=self.uid if self.switches else None,
            group=self.gid if self.switches else None,
            extra_groups=[] if self.switches else None,
        )

    def own(self, fd: int) -> None:
        """Give an open file or folder that root has made to this user."""
        if self.switches and os.fstat(fd).st_uid == 0:
            os.fchown(fd, self.uid, self.gid)

    def require_entry(self, folder: Path) -> None:
        """Make sure that this user can enter `folder` (absolute, without links) and everything above it.

        Raises:
            FolderNotEnterable: with the topmost folder that is closed.
            NoUser: this root cannot become that user, as in a container that knows a single user.
        """
        if not self.switches:
            return
        try:
            probe = self.run(["/bin/sh", "-c", _FIRST_CLOSED, "sh", *reversed(folder.parents), folder])
        except (OSError, subprocess.SubprocessError) as error:
            raise NoUser(reason=f"{self.name}: {error}") from error
        if probe.returncode != 0:
            raise FolderNotEnterable(user=self.name, folder=probe.stdout)


def identity_for(data: Path) -> Identity:
    """The user to run PostgreSQL as on the data folder `data`, whether it exists or not.

    An ordinary user runs it as themselves. Root, whom PostgreSQL refuses, uses the owner of the data, so that what one run
    chose is kept by the next; without data, the user `bekal`, made where it does not exist, or else `nobody`.

    Raises:
        NoUser: root finds no user at all.
    """
    uid = os.geteuid()
    if uid != 0:
        return Identity(name=name_of(uid), uid=uid, gid=os.getegid(), switches=False)
    try:
        owner = data.stat()
    except FileNotFoundError:
        owner = None
    if owner is not None and owner.st_uid != 0:
        return Identity(name=name_of(owner.st_uid), uid=owner.st_uid, gid=owner.st_gid, switches=True)
    found = _look_up(PREFERRED_USER) or _create_preferred_user() or _look_up(FALLBACK_USER)
    if found is None:
        raise NoUser(reason=f"{PREFERRED_USER}, {FALLBACK_USER}")
    return Identity(name=found.pw_name, uid=found.pw_uid, gid=found.pw_gid, switches=True)


def _look_up(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _create_preferred_user() -> pwd.struct_passwd | None:
    # `useradd` looks for the name before it waits for its lock: of two that begin together, the second gives the user that the
    # first has made another number, and what the first owns belongs to nobody. So only one of ours calls it at a time.
    folder = os.open("/etc", os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        for command in _CREATORS:
            if found := _look_up(PREFERRED_USER):
                return found
            if shutil.which(command[0]):
                subprocess.run(command, check=False, capture_output=True, stdin=subprocess.DEVNULL)
        return _look_up(PREFERRED_USER)
    finally:
        os.close(folder)


def name_of(uid: int) -> str:
    """The name of an OS user, or the number where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
