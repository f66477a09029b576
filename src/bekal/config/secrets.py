"""The secrets of an installation: from the environment, or from a private file in the home folder."""

import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from bekal.config.postgres import prepare_home
from bekal.config.postgres.databases import split_url
from bekal.config.postgres.texts import early_gettext_lazy as _
from bekal.core.errors import Unavailable
from bekal.core.keys import check_value, require_check

FILE: Final = "secrets"
NEXT_FILE: Final = "secrets.next"
SESSION: Final = "BEKAL_SECRET_KEY"
IDENTITY: Final = "BEKAL_IDENTITY_SECRET"
_NAMES: Final = (SESSION, IDENTITY)
_FEWEST_CHARACTERS: Final = 32


class SecretsExposed(Unavailable):
    """Others than the owner may read the file."""

    code = "secrets_exposed"
    message = _("{path} can be read by others (mode {mode}). Consider whether somebody did, then close it: chmod 600 {path}")


class SecretsMalformed(Unavailable):
    """A secret is missing, empty or too short, or a line is none."""

    code = "secrets_malformed"
    message = _(
        "{source} must hold {name}, of {characters} characters or more. Put the right secrets back; nothing that was sealed opens"
        " with others."
    )


class SecretsUnreadable(Unavailable):
    """The file is there and cannot be read."""

    code = "secrets_unreadable"
    message = _("{path} cannot be read: {reason}")


class SecretsLost(Unavailable):
    """There is a database with sealed values, and no secret."""

    code = "secrets_lost"
    message = _(
        "{path} is missing, and the database {database} was sealed under the secret with the check value {expected}. No new"
        " secrets were made, as nothing would open with them. Put the file back, or restore a backup: bekal restore"
    )


@dataclass(frozen=True)
class Secrets:
    """`session_key` signs sessions; under `identity_secret` the keys of the database are wrapped: it must never be lost."""

    session_key: str
    identity_secret: str


def load_secrets(home: Path, *, of: str | None = None) -> Secrets:
    """Read both secrets; a home folder without them is given new ones, readable by its owner alone.

    Args:
        of: the address of the database that they are for; where it was sealed, no new ones are made.

    Raises:
        SecretsLost: the database was sealed, and its secrets are gone.
        SecretsExposed, SecretsMalformed, SecretsUnreadable: what is there must not be used.
        PostgresUnavailable: the home folder cannot be made.
        psycopg.OperationalError: there are none, and the database cannot be asked whether it was sealed.
        OSError: new ones cannot be written.
    """
    while (found := read_secrets(home)) is None:
        if of is not None:
            require_secrets(home, of)
        write_new(prepare_home(home) / FILE, {name: new_secret() for name in _NAMES})
    return found


def read_secrets(home: Path) -> Secrets | None:
    """The secrets that are there, those of the environment before those of the file; None where one has no source.

    Raises:
        SecretsExposed, SecretsMalformed, SecretsUnreadable: what is there must not be used.
    """
    found = {name: _long_enough(name, os.environ[name], source=name) for name in _NAMES if name in os.environ}
    if len(found) < len(_NAMES):
        stored = read_file(home / FILE)
        if stored is None:
            return None
        found = stored | found
    return Secrets(session_key=found[SESSION], identity_secret=found[IDENTITY])


def require_secrets(home: Path, url: str) -> None:
    """Make sure, before anything is written, that the secrets are those of the database that `url` names.

    A secret whose rotation was interrupted after the database had taken it is put in its place.

    Raises:
        SecretsLost: the database has a check value, and the secret is gone.
        SecretMismatch: it is another one; the message names both.
        SecretsExposed, SecretsMalformed, SecretsUnreadable: as `read_secrets`.
        psycopg.OperationalError: the database cannot be reached.
    """
    expected = _expected(url)
    if expected is None:
        return
    name, _server = split_url(url)
    following = read_file(home / NEXT_FILE)
    if following is not None and check_value(following[IDENTITY]) == expected:
        promote_next(home)
    found = read_secrets(home)
    if found is None and IDENTITY not in os.environ:
        raise SecretsLost(path=home / FILE, database=name, expected=expected)
    secret = os.environ[IDENTITY] if found is None else found.identity_secret
    require_check(secret=secret, expected=expected, database=name)


def read_file(path: Path) -> dict[str, str] | None:
    """The secrets of one file, by name; None where there is no file.

    Raises:
        SecretsExposed, SecretsMalformed, SecretsUnreadable: it must not be used.
    """
    try:
        with path.open(encoding="utf-8") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            text = file.read()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise SecretsUnreadable(path=path, reason=getattr(error, "strerror", None) or error) from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SecretsExposed(path=path, mode=f"{mode:o}")
    found = {name: value for name, _equals, value in (line.partition("=") for line in text.splitlines())}
    return {name: _long_enough(name, found.get(name, ""), source=path) for name in _NAMES}


def write_new(path: Path, values: Mapping[str, str]) -> None:
    """Write a file of secrets, whole and on the disk or not at all; one that is there stays as it is."""
    fresh = _written_beside(path, values)
    try:
        path.hardlink_to(fresh)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    _sync(path.parent)


def write_next(home: Path, identity_secret: str) -> None:
    """Keep, beside the secrets, those that follow once the database has taken them."""
    stored = read_file(home / FILE) or {}
    _written_beside(home / NEXT_FILE, {**stored, IDENTITY: identity_secret}).replace(home / NEXT_FILE)
    _sync(home)


def promote_next(home: Path) -> None:
    """Put the secrets that follow in the place of those that were."""
    (home / NEXT_FILE).replace(home / FILE)
    _sync(home)


def new_secret() -> str:
    """A random secret of 64 characters."""
    return secrets.token_urlsafe(48)


def _written_beside(path: Path, values: Mapping[str, str]) -> Path:
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    fresh.touch(mode=0o600, exist_ok=False)
    with fresh.open("w", encoding="utf-8") as file:
        file.write("".join(f"{name}={value}\n" for name, value in values.items()))
        file.flush()
        os.fsync(file.fileno())
    return fresh


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _long_enough(name: str, value: str, *, source: object) -> str:
    if len(value.strip()) < _FEWEST_CHARACTERS:
        raise SecretsMalformed(source=source, name=name, characters=_FEWEST_CHARACTERS)
    return value


def _expected(url: str) -> str | None:
    """The check value that a database holds; None before it has one."""
    with psycopg.connect(url) as connection:
        has_one = connection.execute("SELECT to_regclass('core_secretcheck') IS NOT NULL").fetchone()
        row = connection.execute("SELECT value FROM core_secretcheck").fetchone() if has_one == (True,) else None
    return None if row is None else str(row[0])
