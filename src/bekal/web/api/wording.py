"""What the API says of a field that is wrong: our words, for the people who write programs, with what is permitted."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import get_language_from_request
from django.utils.translation import gettext_lazy as _

from bekal.web.api.schemas import Language

_LANGUAGES: Final = get_args(Language)
_REASONS: Final[dict[str, str | Promise]] = {
    "missing": _("this field must be there"),
    "extra_forbidden": _("there is no such field"),
    "int_type": _("this must be a whole number, without quotation marks"),
    "string_type": _("this must be a text"),
    "list_type": _("this must be a list of texts"),
    "greater_than_equal": _("this must be {ge} or more"),
    "less_than_equal": _("this must be {le} or less"),
    "model_attributes_type": _("this must be a JSON object with the fields of the documentation"),
    "too_short": _("this must have {min_length} entries or more"),
    "string_too_short": _("this must have {min_length} characters or more"),
    "string_too_long": _("this must have {max_length} characters or fewer"),
    "too_long": _("this must have {max_length} entries or fewer"),
    "literal_error": _("this must be one of {expected}"),
}
"""By the type of the error as Pydantic names it, with the details that it gives."""
_NO_QUESTIONS: Final = _("this must be a list of questions, each a JSON object")
_MORE: Final = _("and {count} more that are wrong")
_MOST_SAID: Final = 1_000
_OTHER: Final = _("this is not permitted")


def fields_said(errors: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is said of errors as Pydantic reports them, in the active language; of more than 1,000, how many more there are."""
    said = [field_said(error) for error in errors[:_MOST_SAID]]
    return [*said, str(_MORE).format(count=len(errors) - _MOST_SAID)] if len(errors) > _MOST_SAID else said


def field_said(error: Mapping[str, Any]) -> str:
    """`top: this must be 50 or less`, of an error as Pydantic reports it, in the active language."""
    name = ".".join(str(part) for part in error["loc"][2:])
    if not name:
        return f"body: {_REASONS['model_attributes_type']}"
    if name == "people" and error["type"] == "list_type":
        return f"{name}: {_NO_QUESTIONS}"
    details = dict(error.get("ctx") or {})
    if error["type"] == "literal_error":
        details["expected"] = ", ".join(_LANGUAGES)
    return f"{name}: {str(_REASONS.get(error['type'], _OTHER)).format(**details)}"


def level_said(name: str, known: str) -> str:
    """The same of a field whose level nobody knows."""
    return f"{name}: {str(_REASONS['literal_error']).format(expected=known)}"


def language_of(request: HttpRequest) -> str:
    """The language of what is said to be wrong: that of the texts asked for, of many people of the first whose question states
    one; else that of the request's header, else English."""
    try:
        asked = json.loads(request.body)
    except (ValueError, RecursionError, RequestDataTooBig):
        asked = None
    for question in _questions(asked):
        if question.get("language") in _LANGUAGES:
            return str(question["language"])
    return get_language_from_request(request) if request.headers.get("Accept-Language") else "en"


def _questions(asked: object) -> list[dict[str, Any]]:
    """The questions of a body, which may be any JSON."""
    if not isinstance(asked, dict):
        return []
    people = asked.get("people")
    found = [asked, *(people if isinstance(people, list) else [])]
    return [each for each in found if isinstance(each, dict) and isinstance(each.get("language"), str)]
