"""What people say they do: codes that are kept, with words. A programme excludes further ones, which its definition names."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

OCCUPATIONS: Final[dict[str, Promise]] = {
    "looking_for_work": _("I am looking for work"),
    "laid_off": _("I was laid off or furloughed"),
    "employee": _("I work for an employer"),
    "own_business": _("I run my own business"),
    "casual_worker": _("I do casual work"),
    "household": _("I look after the household"),
    "other": _("something else"),
}
