"""`bekal backup` and `bekal restore`: the database with its secrets, in one file."""

import getpass
import os
import subprocess
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

import bekal
from bekal.cli.command import Command, Database
from bekal.cli.errors import FileNotRead, FileNotWritten
from bekal.cli.files import read_text
from bekal.cli.output import report
from bekal.config.demo_marks import require_own_home
from bekal.config.postgres import client_program, default_home, ensure_database, prepare_home, running_server
from bekal.config.postgres.databases import split_url
from bekal.config.preparation import DATABASE, reachable
from bekal.config.safekeeping.archive import DUMP, MODELS, Archive, write_archive
from bekal.config.safekeeping.errors import (
    BackupExists,
    BackupFailed,
    DatabaseNotEmpty,
    PassphraseMissing,
    PassphrasesDiffer,
    SecretsInTheWay,
)
from bekal.config.secrets import FILE, IDENTITY, SESSION, read_secrets, require_secrets, write_new
from bekal.core.keys import check_value
from bekal.messages.mark import leave_restored

_FEWEST_CHARACTERS: Final = 12
_SHOWN_CHARACTERS: Final = 2_000


def _backup(arguments: Namespace) -> int:
    from bekal.access.services import record_act
    from bekal.core.migrating import require_known
    from bekal.core.rotation import rotating

    require_known()
    path: Path = arguments.file
    if path.exists():
        raise BackupExists(path=path)
    passphrase = _passphrase(arguments, twice=True)
    home = default_home()
    models = sorted(file for file in (home / "models").glob("*") if file.is_file())
    # No rotation meanwhile: the secrets would not be those of the dump.
    with _writing(path), tempfile.TemporaryDirectory(dir=path.parent, prefix=".bekal-backup-") as folder, rotating():
        # Once more: a rotation may have been killed while the passphrase was typed.
        require_secrets(home, os.environ["DATABASE_URL"])
        # Before, so that no copy of everything leaves without a line; the copy has it too.
        record_act(actor=None, verb="backup.export", subject="backup")
        dump = Path(folder, DUMP)
        _run("pg_dump", os.environ["DATABASE_URL"], "--format=custom", "--no-owner", "--no-privileges", f"--file={dump}")
        secrets = read_secrets(home)
        if secrets is None:  # they were read when the command began
            raise FileNotRead(path=home / FILE, reason="missing")
        about = {
            "bekal": bekal.__version__,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "database": split_url(os.environ["DATABASE_URL"])[0],
            "check_value": check_value(secrets.identity_secret),
        }
        write_archive(
            path,
            members={DUMP: dump} | {f"{MODELS}{file.name}": file for file in models},
            about=about,
            secrets={SESSION: secrets.session_key, IDENTITY: secrets.identity_secret},
            passphrase=passphrase,
        )
    report(
        {"file": str(path), "bytes": path.stat().st_size, "models": len(models), **about},
        as_json=arguments.json,
        text=f"{path}: {path.stat().st_size} bytes. Without the passphrase nobody, you included, opens what is sealed in it.",
    )
    return 0


def _restore(arguments: Namespace) -> int:
    path: Path = arguments.file
    passphrase = _passphrase(arguments, twice=False)
    try:
        archive = Archive(path, passphrase)
    except OSError as error:
        raise FileNotRead(path=path, reason=error.strerror) from error
    home = prepare_home(default_home())
    _require_no_other_secrets(home, archive)
    with _writing(home), tempfile.TemporaryDirectory(dir=home, prefix="restore-") as folder, _empty_database(home) as url:
        members = archive.extract(Path(folder))
        # First the secrets: a database that nothing opens is worth less than secrets of no database.
        write_new(home / FILE, archive.secrets)
        _run("pg_restore", url, "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", str(members[DUMP]))
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("ANALYZE")
        # What the backup holds as not sent may have been sent since.
        leave_restored(home)
        models = {name: member for name, member in members.items() if name.startswith(MODELS)}
        for name, member in models.items():
            target = home / "models" / Path(name).name
            target.parent.mkdir(exist_ok=True)
            if not target.exists():
                member.replace(target)
    report(
        {"file": str(path), "home": str(home), "models": len(models), **{name: archive.about[name] for name in _TOLD}},
        as_json=arguments.json,
        text=f"{path} of {archive.about['made_at']} is restored; its secrets are in {home / FILE}. Now: bekal audit",
    )
    return 0


_TOLD: Final = ("bekal", "made_at", "check_value")


def _require_no_other_secrets(home: Path, archive: Archive) -> None:
    found = read_secrets(home)
    given = os.environ.get(IDENTITY) if found is None else found.identity_secret
    if given is not None and given != archive.secrets[IDENTITY]:
        raise SecretsInTheWay(given=check_value(given), expected=archive.about["check_value"])


@contextmanager
def _empty_database(home: Path) -> Iterator[str]:
    """The address of a database in which nothing is yet; the embedded server runs as long as the block does."""
    given = os.environ.get("DATABASE_URL")
    with reachable():
        if given:
            _require_empty(given)
            require_own_home(home, given)
            yield given
            return
        with running_server(home) as server:
            ensure_database(server.url(DATABASE))
            _require_empty(server.url(DATABASE))
            require_own_home(home, server.url(DATABASE))
            yield server.url(DATABASE)


def _require_empty(url: str) -> None:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace LIMIT 1").rowcount
    if found:
        raise DatabaseNotEmpty(database=split_url(url)[0])


def _run(program: str, url: str, *options: str) -> None:
    """Run a program of PostgreSQL on a database; the password is not among its arguments, which others can see.

    Raises:
        BackupFailed: with what it said.
    """
    password = conninfo_to_dict(url).get("password")
    environment = {**os.environ, "LC_ALL": "C"} | ({"PGPASSWORD": str(password)} if password else {})
    done = subprocess.run(
        [client_program(program), *options, f"--dbname={make_conninfo(url, password=None)}"],
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env=environment,
    )
    if done.returncode != 0:
        raise BackupFailed(program=program, reason=done.stderr.strip()[-_SHOWN_CHARACTERS:])


def _passphrase(arguments: Namespace, *, twice: bool) -> str:
    if arguments.passphrase_file is not None:
        passphrase = read_text(arguments.passphrase_file).split("\n", 1)[0]
    elif sys.stdin.isatty():
        passphrase = getpass.getpass("Passphrase: ")
        if twice and getpass.getpass("The same again: ") != passphrase:
            raise PassphrasesDiffer
    else:
        passphrase = ""
    if len(passphrase) < _FEWEST_CHARACTERS:
        raise PassphraseMissing(characters=_FEWEST_CHARACTERS)
    return passphrase


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FileNotWritten(path=error.filename or path, reason=error.strerror or error) from error


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="the backup, such as bekal-2021-11-22.backup")
    parser.add_argument(
        "--passphrase-file",
        metavar="FILE",
        type=Path,
        help="a file whose first line is the passphrase; without it, it is asked for",
    )


BACKUP = Command(
    name="backup",
    help="write the database, the models and, sealed by a passphrase, the secrets into one file",
    example="bekal backup bekal-2021-12-15.backup",
    # Also of an older version, since a backup is made before migrating.
    database=Database.TO_MIGRATE,
    configure=_configure,
    run=_backup,
)
RESTORE = Command(
    name="restore",
    help="bring back a backup into an empty database, with its secrets",
    example="bekal restore bekal-2021-12-15.backup",
    database=Database.NONE,
    configure=_configure,
    run=_restore,
)
