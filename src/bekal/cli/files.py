"""Files that commands read and write: JSON in UTF-8."""

import json
import secrets
from argparse import ArgumentTypeError
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from bekal.cli.errors import FileNotRead, FileNotWritten


def day(text: str) -> date:
    """A day as an argument: `2021-03-01`."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not a day such as 2021-03-01") from error


def require_place(path: Path, *, replaced: bool = False) -> None:
    """Find out before the work, not after it, that a file cannot be written.

    Args:
        replaced: the file is put in the place of what is there, which must be a file then; otherwise it is written over.

    Raises:
        FileNotWritten: and why.
    """
    place = path.resolve()
    if place.is_dir() or (replaced and place.exists() and not place.is_file()):
        raise FileNotWritten(path=path, reason="it is there, and no file")
    try:
        if place.exists() and not replaced:
            with place.open("a"):
                return
        trial = place.with_name(f".{place.name}.{secrets.token_hex(8)}")
        trial.touch(exist_ok=False)
        trial.unlink()
    except OSError as error:
        raise FileNotWritten(path=path, reason=error.strerror) from error


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Write a file that people can read too.

    Raises:
        FileNotWritten: and why.
    """
    try:
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise FileNotWritten(path=path, reason=error.strerror) from error


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        FileNotRead: and why.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise FileNotRead(path=path, reason=error.strerror) from error
    except UnicodeDecodeError as error:
        raise FileNotRead(path=path, reason="it is not UTF-8") from error
