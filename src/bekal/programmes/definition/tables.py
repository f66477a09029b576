"""Reads a parsed TOML table into a dataclass by its annotations, and says everything that is wrong instead of guessing.

A field's name is its key. Understood annotations: `int`, `str`, `bool`, `date`, a `StrEnum`, another dataclass, `tuple[X, ...]`,
`X | None`, and `Annotated[X, constraint, …]` around any of them; a constraint is called with the value and yields findings. A
field with a default may be left out. A dataclass with a method `findings()` checks how its values relate, once each of them is
right.
"""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Protocol, TypeVar, get_args, get_origin, get_type_hints, runtime_checkable

from bekal.programmes.definition.findings import Finding, below, expected, join

T = TypeVar("T")

_SCALARS: Final[Mapping[type, str]] = {
    int: "a whole number",
    str: "text in quotes",
    bool: "true or false",
    date: "a date such as 2021-12-15, without quotes and without a time",
}


@runtime_checkable
class _Related(Protocol):
    def findings(self) -> Iterator[Finding]: ...


class TableError(Exception):
    """The table does not fit the dataclass."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(findings)
        self.findings = findings


def read_table(kind: type[T], table: Mapping[str, object]) -> T:
    """Make a `kind` of a table.

    Raises:
        TableError: with all findings; how values relate is examined only where each value is right in itself.
    """
    found: list[Finding] = []
    made = _read_dataclass(kind, table, "", found)
    if made is None:
        raise TableError(found)
    return made


def _read_dataclass(kind: type[T], table: object, at: str, found: list[Finding]) -> T | None:
    if not isinstance(table, dict):
        found.append(Finding(at, expected("a table", table)))
        return None
    before = len(found)
    annotations = get_type_hints(kind, include_extras=True)
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    for key in table:
        if key not in known:
            found.append(Finding(join(at, key), f"is no key of a definition; the keys here are {', '.join(known)}"))
    values: dict[str, Any] = {}
    for key, field in known.items():
        if key in table:
            values[key] = _read(annotations[key], table[key], join(at, key), found)
        elif field.default is MISSING:
            found.append(Finding(join(at, key), f"is missing; expected {_described(annotations[key])}"))
    if len(found) > before:
        return None
    made = kind(**values)
    if isinstance(made, _Related):
        found.extend(below(at, made.findings()))
    return made if len(found) == before else None


def _read(annotation: Any, value: object, at: str, found: list[Finding]) -> Any:
    """The value as `annotation` wants it; meaningless where something was added to `found`."""
    kind, constraints = _taken_apart(annotation)
    before = len(found)
    read: Any = None
    if get_origin(kind) is tuple:
        if isinstance(value, list):
            read = tuple(_read(get_args(kind)[0], item, f"{at}[{index}]", found) for index, item in enumerate(value))
        else:
            found.append(Finding(at, expected(_described(kind), value)))
    elif is_dataclass(kind):
        read = _read_dataclass(kind, value, at, found)  # type: ignore[arg-type]
    elif issubclass(kind, StrEnum):
        if isinstance(value, str) and value in set(kind):
            read = kind(value)
        else:
            found.append(Finding(at, expected(_described(kind), value)))
    # Exactly this type: Python calls true an int, and a moment a date.
    elif type(value) is kind:
        read = value
    else:
        found.append(Finding(at, expected(_described(kind), value)))
    if len(found) == before:
        for constraint in constraints:
            found.extend(below(at, constraint(read)))
    return read


def _taken_apart(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """The bare type and its constraints. TOML has no null: where a key is given, `X | None` means X."""
    if get_origin(annotation) is UnionType or NoneType in get_args(annotation):
        (annotation,) = (choice for choice in get_args(annotation) if choice is not NoneType)
    if get_origin(annotation) is Annotated:
        kind, *constraints = get_args(annotation)
        return kind, tuple(constraints)
    return annotation, ()


def _described(annotation: Any) -> str:
    kind, _ = _taken_apart(annotation)
    if get_origin(kind) is tuple:
        return f"a list, each item {_described(get_args(kind)[0])}"
    if is_dataclass(kind):
        return "a table"
    if issubclass(kind, StrEnum):
        return f"one of {', '.join(kind)}"
    return _SCALARS[kind]
