"""Translatable texts that can be read before Django is set up."""

from typing import TYPE_CHECKING, cast

from django.apps import apps
from django.utils.functional import lazy
from django.utils.translation import gettext

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


def early_gettext_lazy(text: str) -> "_StrPromise":
    """`gettext_lazy`, but English as written until Django is set up. Import it as `_`, so that `makemessages` finds its texts."""
    return cast("_StrPromise", _lazily(text))


def _translate(text: str) -> str:
    return gettext(text) if apps.ready else text


_lazily = lazy(_translate, str)
