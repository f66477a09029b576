"""Reads programme definitions from files."""

import tomllib
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Final

from bekal.programmes.definition.errors import DefinitionRefused, UnknownProgramme
from bekal.programmes.definition.findings import Finding, expected
from bekal.programmes.definition.schema import Closing, Programme
from bekal.programmes.definition.tables import TableError, read_table

_PACKAGED: Final = Path(__file__).parent.parent / "definitions"
_LARGEST_BYTES: Final = 1_000_000


def available_definitions() -> tuple[str, ...]:
    """The codes of the packaged programmes, in alphabetical order."""
    return tuple(sorted(path.stem for path in _PACKAGED.glob("*.toml")))


@cache
def load_definition(code: str) -> Programme:
    """The packaged programme of this code, read once per process.

    Raises:
        UnknownProgramme: there is none.
        DefinitionRefused: its file is wrong.
    """
    known = available_definitions()
    if code not in known:
        raise UnknownProgramme(name=code, known=", ".join(known))
    return read_definition(_PACKAGED / f"{code}.toml")


def read_definition(path: Path) -> Programme:
    """The programme that a TOML file defines. The file is named after the programme's code: `<code>.toml`.

    Raises:
        DefinitionRefused: the file cannot be read or is not a definition; lists all that is wrong, or where the syntax breaks.
    """
    try:
        programme = read_table(Programme, _parsed(path))
    except TableError as error:
        raise DefinitionRefused(file=str(path), findings=error.findings) from None
    if programme.code != path.stem:
        says = expected(f'"{path.stem}", the name of the file', programme.code)
        raise DefinitionRefused(file=str(path), findings=[Finding("code", says)])
    if unknown := list(_unknown_bars(programme)):
        raise DefinitionRefused(file=str(path), findings=unknown)
    return programme


def _unknown_bars(programme: Programme) -> Iterator[Finding]:
    """A programme that is barred under a misspelt code would go on taking people in."""
    known = sorted({programme.code, *available_definitions()})
    for way in fields(programme.closings):
        closing: Closing = getattr(programme.closings, way.name)
        for place, code in enumerate(closing.bars_programmes):
            if code not in known:
                says = expected(f"a programme that there is ({', '.join(known)})", code)
                yield Finding(f"closings.{way.name}.bars_programmes[{place}]", says)


def _parsed(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_BYTES + 1)
        if len(content) > _LARGEST_BYTES:
            says = f"expected at most {_LARGEST_BYTES} bytes"
        else:
            return tomllib.loads(content.decode())
    except OSError as error:
        says = f"expected a file that can be read: {error.strerror}"
    except UnicodeDecodeError as error:
        says = f"expected UTF-8 text: {error.reason} at byte {error.start}"
    except (ValueError, RecursionError) as error:
        # Beside its own error, the parser lets through those of numbers with too many digits and lists nested too deep.
        says = f"expected TOML: {error}"
    raise DefinitionRefused(file=str(path), findings=[Finding("", says)])
