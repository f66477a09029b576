"""The secrets of an installation: from the environment, or from a private file in the home folder."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from bekal.config.postgres import prepare_home

_FILE = "secrets"
_NAMES = ("BEKAL_SECRET_KEY", "BEKAL_IDENTITY_SECRET")


@dataclass(frozen=True)
class Secrets:
    """`session_key` signs sessions; `identity_secret` seals identity numbers and must never be lost."""

    session_key: str
    identity_secret: str


def load_secrets(home: Path) -> Secrets:
    """Read both secrets; a home folder without them is given new ones, readable by its owner alone.

    Raises:
        PostgresUnavailable: the home folder cannot be made.
        OSError: it cannot be read, or written when the secrets are missing.
    """
    found = {name: os.environ[name] for name in _NAMES if os.environ.get(name)}
    if len(found) < len(_NAMES):
        found = _stored(home) | found
    return Secrets(session_key=found["BEKAL_SECRET_KEY"], identity_secret=found["BEKAL_IDENTITY_SECRET"])


def _stored(home: Path) -> dict[str, str]:
    path = home / _FILE
    if not path.exists():
        home = prepare_home(home)
        fresh = home / f".{_FILE}.{secrets.token_hex(8)}"
        text = "".join(f"{name}={secrets.token_urlsafe(48)}\n" for name in _NAMES)
        fresh.touch(mode=0o600)
        fresh.write_text(text)
        try:
            path.hardlink_to(fresh)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return dict(line.split("=", 1) for line in path.read_text().splitlines())
