"""What the API says of a field that is wrong: our words, for the people who write programs, with what is permitted."""

import json
from collections.abc import Mapping
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
    "string_too_short": _("this must have {min_length} characters or more"),
    "string_too_long": _("this must have {max_length} characters or fewer"),
    "too_long": _("this must have {max_length} entries or fewer"),
    "literal_error": _("this must be one of {expected}"),
}
"""By the type of the error as Pydantic names it, with the details that it gives."""
_NO_OBJECT: Final = _("this must be a JSON object with the fields of the documentation")
_OTHER: Final = _("this is not permitted")


def field_said(error: Mapping[str, Any]) -> str:
    """`top: this must be 50 or less`, of an error as Pydantic reports it, in the active language."""
    name = ".".join(str(part) for part in error["loc"][2:])
    if not name:
        return f"body: {_NO_OBJECT}"
    details = dict(error.get("ctx") or {})
    if error["type"] == "literal_error":
        details["expected"] = ", ".join(_LANGUAGES)
    return f"{name}: {str(_REASONS.get(error['type'], _OTHER)).format(**details)}"


def level_said(attribute: str, known: str) -> str:
    """The same of a level that nobody knows."""
    return f"{attribute}: {str(_REASONS['literal_error']).format(expected=known)}"


def language_of(request: HttpRequest) -> str:
    """The language of what is said to be wrong: that of the texts asked for, else that of the request's header, else English."""
    try:
        asked = json.loads(request.body)
    except (ValueError, RecursionError, RequestDataTooBig):
        asked = None
    language = asked.get("language") if isinstance(asked, dict) else None
    if language in _LANGUAGES:
        return str(language)
    return get_language_from_request(request) if request.headers.get("Accept-Language") else "en"
