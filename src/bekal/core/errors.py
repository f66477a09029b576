"""The tree of errors that Bekal raises on purpose.

Every error has a stable `code` for programs and a message that a person can act on, in the language that is active when it is
read. Amounts are passed as whole rupiah under names that end in `_idr` and are written as money in the message, days and
moments as people write them.

    BekalError
    ├── Invalid      the input is wrong; correcting it helps           (HTTP 422)
    ├── Refused      the input is fine, a rule of the programme says no (HTTP 409)
    ├── Forbidden    this person may not do this                        (HTTP 403)
    ├── NotFound     there is no such thing                             (HTTP 404)
    ├── Unavailable  the machine cannot do it now                       (HTTP 503)
    └── Corrupt      stored data contradicts itself; nothing was written (HTTP 500)
"""

from datetime import date, datetime
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bekal.core.formats import long_day, moment
from bekal.core.money import format_idr


class BekalError(Exception):
    """Base of all typed errors.

    `code` is part of the interface: programs compare it. `message` may hold `{name}` for every keyword given to the
    constructor.
    """

    code: ClassVar[str] = "error"
    http_status: ClassVar[int] = 500
    message: ClassVar[str | Promise] = _("Something went wrong.")

    def __init__(self, **details: object) -> None:
        super().__init__(details)
        self.details = details

    def __str__(self) -> str:
        return str(self.message).format(**{name: _written(name, value) for name, value in self.details.items()})


def _written(name: str, value: object) -> object:
    if name.endswith("_idr") and isinstance(value, int):
        return format_idr(value)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return long_day(value)
    return value


class Invalid(BekalError):
    """The input is wrong."""

    code = "invalid"
    http_status = 422
    message = _("{reason}")


class Refused(BekalError):
    """A rule says no."""

    code = "refused"
    http_status = 409
    message = _("{reason}")


class Forbidden(BekalError):
    """This person may not do this."""

    code = "forbidden"
    http_status = 403
    message = _("You are not allowed to do this.")


class NotFound(BekalError):
    """There is no such thing."""

    code = "not_found"
    http_status = 404
    message = _("There is no {what} “{name}”.")


class Unavailable(BekalError):
    """The machine cannot do it now; the message says what to change."""

    code = "unavailable"
    http_status = 503
    message = _("{reason}")


class Corrupt(BekalError):
    """Stored data contradicts itself; somebody must look into it before anything else is written."""

    code = "corrupt"
    http_status = 500
    message = _("{reason}")
