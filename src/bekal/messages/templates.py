"""What messages say. A message is a fact with its values; its words are put together when somebody reads it, in the reader's
language. The rooms above register their templates.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from string import Formatter
from typing import Final

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import override

from bekal.core.formats import long_day
from bekal.core.money import format_idr
from bekal.messages.topics import Topic

Value = int | str | date
USEFUL: Final = timedelta(days=3)
"""For how long after it was written a message is still worth sending, unless its template says otherwise."""
Stored = int | str
"""A value as JSON keeps it: a day is text such as `2021-03-01`."""


class Placeholder(Enum):
    """What a placeholder holds: its type in Python, and in SQL."""

    IDR = int, "bigint"
    """Whole rupiah; its name ends in `_idr`."""
    DAY = date, "date"
    """A calendar day."""
    COUNT = int, "integer"
    """How many there are of something that the words name."""
    TITLE = str, "text"
    """A few words of a text that everybody may read, such as a training's title. Never a number that tells who somebody is."""
    SECRET = str, "secret"
    """What no message keeps: whoever sends it asks the room that has it. Never part of what many people are told at once."""

    def __init__(self, python: type, sql: str) -> None:
        self.python = python
        self.sql = sql

    def write(self, value: Stored) -> str:
        """A stored value as people read it."""
        match self:
            case Placeholder.IDR:
                return format_idr(int(value))
            case Placeholder.DAY:
                return long_day(date.fromisoformat(str(value)))
        return str(value)


@dataclass(frozen=True, slots=True)
class Template:
    """The words of one kind of message.

    Once a message was written with it, a template is neither removed nor given other placeholders: people read messages of years
    ago. Its words may change.

    Attributes:
        code: stable, as `room.fact`.
        title: one line.
        text: what happened, and what the person can do; by SMS it comes alone. Both hold the placeholders as `{name}`.
        placeholders: what each holds, by name.
        topic: by which people choose whether it comes by SMS too.
        useful: for how long after it was written it may still be sent.
    """

    code: str
    title: Promise
    text: Promise
    placeholders: Mapping[str, Placeholder]
    topic: Topic
    useful: timedelta = USEFUL

    @property
    def kept(self) -> Mapping[str, Placeholder]:
        """The placeholders whose values a message keeps."""
        return {name: placeholder for name, placeholder in self.placeholders.items() if placeholder is not Placeholder.SECRET}

    def stored(self, values: Mapping[str, Value]) -> dict[str, Stored]:
        """The values as a message keeps them.

        Raises:
            TypeError: one is missing or superfluous, or is not what its placeholder holds.
        """
        if values.keys() != self.kept.keys():
            raise TypeError(f"{self.code} takes {', '.join(self.kept)}, not {', '.join(values)}")
        for name, value in values.items():
            # A boolean is an integer to Python, and a moment a day.
            if type(value) is not self.placeholders[name].python:
                raise TypeError(f"{name} of {self.code} cannot be a {type(value).__name__}")
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody reads of a message."""

    title: str
    text: str


_TEMPLATES: Final[dict[str, Template]] = {}


def register_template(template: Template) -> None:
    """Make a template known; called when the registering room's app is ready.

    Raises:
        ValueError: another one has its code, or its words in one of the languages name other placeholders than it has.
    """
    if template.code in _TEMPLATES:
        raise ValueError(f"template {template.code} is registered twice")
    for language, _name in settings.LANGUAGES:
        with override(language):
            named = _named(str(template.title)) | _named(str(template.text))
        if wrong := named ^ template.placeholders.keys():
            raise ValueError(
                f"template {template.code} has no place for, or no value of, {', '.join(sorted(wrong))} ({language})"
            )
    _TEMPLATES[template.code] = template


def _named(text: str) -> set[str]:
    return {name for _literal, name, _format, _conversion in Formatter().parse(text) if name is not None}


def template_of(code: str) -> Template:
    """The registered template with this code."""
    return _TEMPLATES[code]


def words_of(*, template: str, values: Mapping[str, Stored]) -> Words:
    """A message in the language that is active; `values` holds its secrets too."""
    found = template_of(template)
    written = {name: placeholder.write(values[name]) for name, placeholder in found.placeholders.items()}
    return Words(title=str(found.title).format(**written), text=str(found.text).format(**written))


def title_of(template: str) -> str:
    """What a kind of message is called, in the language that is active."""
    written = dict.fromkeys(template_of(template).placeholders, "…")
    return str(template_of(template).title).format(**written)
