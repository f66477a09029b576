"""The documentation of the API as a page of ours: what the OpenAPI description says, for people, without anybody's scripts."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from ninja import NinjaAPI

_METHODS: Final = frozenset({"get", "post", "put", "patch", "delete"})
# Keys of the least and the most that a value may be, and what is counted.
_BOUNDS: Final = (("minimum", "maximum", ""), ("minLength", "maxLength", " characters"), ("minItems", "maxItems", " items"))
Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a body.

    Attributes:
        name: with the names of what it is in, `items[].code`.
        kind: its type in JSON, and its bounds.
        values: the only ones it may have, or where `is_open` those that are known.
        default: as JSON writes it; empty where it must be there, or has none.
    """

    name: str
    kind: str
    is_required: bool
    values: tuple[str, ...]
    is_open: bool
    default: str
    description: str


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent or answered in JSON, with an example of it, if there is one."""

    description: str
    fields: tuple[Field, ...]
    example: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The answers of some status codes that have the same form."""

    statuses: tuple[HTTPStatus, ...]
    body: Body


@dataclass(frozen=True, slots=True)
class Operation:
    """What can be asked."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    needs_key: bool
    asked: Body | None
    answers: tuple[Answer, ...]


def docs_page(api: NinjaAPI) -> Callable[[HttpRequest], HttpResponse]:
    """The view that shows an API."""

    @require_safe
    def docs(request: HttpRequest) -> HttpResponse:
        schema = api.get_openapi_schema()
        context = {
            "info": schema["info"],
            "operations": list(operations_of(schema)),
            "base": request.build_absolute_uri("/")[:-1],
        }
        return render(request, "api/docs.html", context)

    return docs


def operations_of(schema: Schema) -> Iterator[Operation]:
    """Every operation of an OpenAPI description, in its order."""
    reader = _Reader(schema["components"]["schemas"])
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            if method in _METHODS:
                asked = operation.get("requestBody")
                yield Operation(
                    name=operation["operationId"],
                    method=method.upper(),
                    path=path,
                    summary=operation["summary"],
                    description=_unwrapped(operation.get("description", "")),
                    needs_key=bool(operation.get("security")),
                    asked=reader.body(asked) if asked else None,
                    answers=tuple(reader.answers(operation["responses"])),
                )


def _unwrapped(text: str) -> str:
    """A text without the ends of lines within its paragraphs, which are those of the source."""
    return re.sub(r"(?<!\n)\n(?!\n)", " ", text)


@dataclass(frozen=True)
class _Reader:
    """Reads schemas that name each other."""

    named: Schema

    def answers(self, responses: Schema) -> Iterator[Answer]:
        """What is answered; codes with one form together, in the order of their first."""
        found: dict[str, tuple[Schema, list[HTTPStatus]]] = {}
        for status, response in responses.items():
            form = json.dumps(_content(response), sort_keys=True)
            found.setdefault(form, (response, []))[1].append(HTTPStatus(int(status)))
        for response, statuses in found.values():
            yield Answer(tuple(statuses), self.body(response))

    def body(self, holder: Schema) -> Body:
        schema = self._resolved(_content(holder))
        example = next(iter(schema.get("examples", [])), None)
        return Body(
            description=schema.get("description", ""),
            fields=tuple(self._fields(schema, "")),
            example="" if example is None else json.dumps(self._in_order(example, schema), ensure_ascii=False, indent=2),
        )

    def _in_order(self, example: Any, schema: Schema) -> Any:
        """An example with its fields in the order in which they are described; pydantic sorts them by name."""
        schema = self._resolved(schema)
        if isinstance(example, list):
            return [self._in_order(item, schema["items"]) for item in example]
        named = schema.get("properties", {})
        if isinstance(example, dict) and named:
            return {name: self._in_order(example[name], form) for name, form in named.items() if name in example}
        return example

    def _fields(self, schema: Schema, within: str) -> Iterator[Field]:
        for name, written in schema.get("properties", {}).items():
            form = self._resolved(written)
            yield Field(
                name=within + name,
                kind=self._kind(form),
                is_required=name in schema.get("required", []),
                values=tuple(map(str, form.get("enum") or form.get("examples", []))),
                is_open="enum" not in form,
                default="" if form.get("default") is None else json.dumps(form["default"]),
                description=form.get("description", ""),
            )
            inner, suffix = (self._resolved(form["items"]), "[].") if form.get("type") == "array" else (form, ".")
            yield from self._fields(inner, within + name + suffix)

    def _kind(self, form: Schema) -> str:
        kind = str(form.get("type", "object"))
        if kind == "array":
            kind = f"array of {self._resolved(form['items']).get('type', 'object')}"
        kind += " or null" if form.get("nullable") else ""
        return ", ".join([kind, *_bounds(form)])

    def _resolved(self, schema: Schema) -> Schema:
        """A schema with what it refers to; of one that may also be null, the other alternative, marked."""
        if "$ref" in schema:
            return {**self._resolved(self.named[schema["$ref"].rpartition("/")[2]]), **schema}
        alternatives = [each for each in schema.get("anyOf", []) if each.get("type") != "null"]
        if len(alternatives) == 1:
            return {**self._resolved(alternatives[0]), **schema, "nullable": True}
        return schema


def _bounds(form: Schema) -> Iterator[str]:
    for least, most, counted in _BOUNDS:
        if least in form and most in form:
            yield f"{form[least]:,} to {form[most]:,}{counted}"
        elif most in form:
            yield f"at most {form[most]:,}{counted}"
        elif least in form:
            yield f"at least {form[least]:,}{counted}"


def _content(holder: Schema) -> Schema:
    content: Schema = holder["content"]["application/json"]["schema"]
    return content
