"""Programme definitions as plain tables that a test can change, and every key that the schema knows."""

import tomllib
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime, time
from enum import StrEnum
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

import bekal.programmes
from bekal.programmes.definition import DefinitionRefused, Programme, read_definition

DEFINITIONS = Path(bekal.programmes.__file__).parent / "definitions"
Place = tuple[str | int, ...]


class Key(NamedTuple):
    """One key of the schema. `path` writes any item of a list as `[]`; `kind` is the bare type, a list's that of its items."""

    path: str
    kind: type
    is_list: bool
    is_required: bool


def packaged_table(code: str) -> dict[str, Any]:
    return tomllib.loads((DEFINITIONS / f"{code}.toml").read_text(encoding="utf-8"))


def schema_keys(kind: type = Programme, at: str = "") -> Iterator[Key]:
    for field in fields(kind):
        bare, is_list = _bare(get_type_hints(kind, include_extras=True)[field.name])
        path = f"{at}{field.name}"
        yield Key(path, bare, is_list, field.default is MISSING)
        if is_dataclass(bare):
            yield from schema_keys(bare, f"{path}[]." if is_list else f"{path}.")


def _bare(annotation: Any) -> tuple[type, bool]:
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if NoneType in get_args(annotation):
        return _bare(next(choice for choice in get_args(annotation) if choice is not NoneType))
    if get_origin(annotation) is tuple:
        return _bare(get_args(annotation)[0])[0], True
    return annotation, False


def places(table: Any, at: Place = ()) -> Iterator[Place]:
    """The place of every value: keys of tables, indices of lists."""
    items = table.items() if isinstance(table, dict) else enumerate(table) if isinstance(table, list) else ()
    for key, value in items:
        yield (*at, key)
        yield from places(value, (*at, key))


def container(table: Any, place: Place) -> Any:
    """The table or list that holds the value at that place."""
    for key in place[:-1]:
        table = table[key]
    return table


def written(place: Place) -> str:
    """A place as a finding names it."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in place).removeprefix(".")


def pattern(place: Place) -> str:
    """A place as `schema_keys` names it."""
    return "".join("[]" if isinstance(key, int) else f".{key}" for key in place).removeprefix(".")


def as_toml(table: dict[str, Any]) -> str:
    return "".join(f"{key} = {_value(value)}\n" for key, value in table.items())


def _value(value: Any) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{key} = {_value(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_value, value)) + "]"
        case str():
            return f'"{value}"'
        case bool():
            return str(value).lower()
        case date() | datetime() | time():
            return value.isoformat()
        case _:
            return str(value)


def wrong_values(key: Key) -> list[Any]:
    """Values that TOML can hold and this key must refuse."""
    values: list[Any] = [7, "7", 7.0, float("nan"), True, date(2021, 12, 15), datetime(2021, 12, 15), time(8), {}, "2021-12-15"]  # noqa: DTZ001
    if key.is_list:
        return values
    values.append([])
    if key.kind is str:
        return [value for value in values if not isinstance(value, str)]
    if issubclass(key.kind, StrEnum):
        return [*values, "", key.path]
    if is_dataclass(key.kind):
        return [value for value in values if value != {}]
    return [value for value in values if type(value) is not key.kind]


def findings_of(content: str | bytes | dict[str, Any], *, folder: Path, code: str) -> dict[str, str]:
    """What is wrong with a definition of this content, by key; empty when it is accepted."""
    path = folder / f"{code}.toml"
    if isinstance(content, dict):
        content = as_toml(content)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    try:
        read_definition(path)
    except DefinitionRefused as error:
        return dict(error.findings)
    return {}
