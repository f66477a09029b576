"""What templates need beyond Django's own: amounts, days, words of a programme, and links that know where they are."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from urllib.parse import quote, urlencode

from django import template
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bekal.catalogue.models import Training
from bekal.core import clock, formats
from bekal.core.money import format_idr
from bekal.programmes.definition.schema import Text

register = template.Library()


@register.filter
def idr(amount_idr: int) -> str:
    """`Rp300.000`."""
    return format_idr(amount_idr)


@register.filter
def change(amount_idr: int) -> str:
    """`+Rp300.000`, `−Rp300.000`: a movement, with the sign that people read."""
    return f"{'−' if amount_idr < 0 else '+'}{format_idr(abs(amount_idr))}"


@register.filter
def figure(amount_idr: int) -> SafeString:
    """An amount with its unit set apart, for large figures; read aloud and copied it is still `Rp300.000`."""
    sign, unit, digits = format_idr(amount_idr).partition("Rp")
    return format_html('{}<span class="unit">{}</span>{}', sign, unit, digits)


@register.filter
def price(price_idr: int) -> str:
    """`Rp300.000`, or `Free`."""
    return format_idr(price_idr) if price_idr else _("Free")


@register.filter
def offered_by(training: Training) -> str:
    """`Dapur Contoh · Platform Satu`: the provider, and the platform where there is one."""
    return " · ".join(side.name for side in (training.provider, training.platform) if side)


@register.filter
def bundle_query(trainings: Iterable[Training]) -> str:
    """`training=KUE-01&training=KOPI-01`: a bundle, as the address of its confirmation names it."""
    return urlencode([("training", training.code) for training in trainings], safe="", quote_via=quote)


@register.filter
def number(value: int) -> str:
    """`1.534` in Indonesian, `1,534` in English."""
    return formats.number(value)


@register.filter
def day(value: date) -> str:
    """`15 Desember 2021`."""
    return formats.long_day(_day(value))


@register.filter
def short_day(value: date) -> str:
    """`15 Des 2021`."""
    return formats.short_day(_day(value))


def _day(value: date) -> date:
    """The programme's calendar day, also of a moment."""
    return clock.day_of(value) if isinstance(value, datetime) else value


@register.filter
def moment(value: datetime) -> str:
    """`15 Desember 2021, 14.05 WIB`."""
    return formats.moment(value)


@register.filter
def words(text: Text) -> str:
    """A text of a programme's definition in the reader's language."""
    return text.in_language(get_language() or "id")


@register.filter
def code_words(text: str) -> SafeString:
    """What stands between backticks, as code."""
    parts = text.split("`")
    return format_html_join(
        "", "{}", ((format_html("<code>{}</code>", part) if place % 2 else part,) for place, part in enumerate(parts))
    )


@register.filter
def breakable(name: str) -> SafeString:
    """An address, or the name of a field, that may be broken after a slash or a dot, and is copied whole."""
    return format_html_join(mark_safe("<wbr>"), "{}", ((part,) for part in re.split(r"(?<=[/.])", name)))


@register.filter
def in_eights(text: object) -> SafeString:
    """A text as it is; where it is a long hexadecimal number, a line may end after each eight of its digits."""
    whole = str(text)
    step = 8 if re.fullmatch("[0-9a-f]{32,}", whole) else max(len(whole), 1)
    return format_html_join(mark_safe("<wbr>"), "{}", ((whole[at : at + step],) for at in range(0, len(whole), step)))


@register.simple_tag
def today() -> date:
    """The programme's calendar day."""
    return clock.today()


@register.simple_tag
def is_demo() -> bool:
    """Whether everything here is synthetic."""
    return clock.is_demo()


@register.simple_tag(takes_context=True)
def absolute_static(context: template.Context, name: str) -> str:
    """The whole address of a file of ours, with the host's name: messengers that preview a link follow no other."""
    return str(context["request"].build_absolute_uri(static(name)))


@register.simple_tag(takes_context=True)
def nav_link(context: template.Context, name: str, label: str) -> SafeString:
    """A link of the main navigation, marked when its page or one below it is open."""
    request: HttpRequest = context["request"]
    address = reverse(name)
    here = "page" if request.path == address else "true" if address != "/" and request.path.startswith(address) else ""
    current = format_html(' aria-current="{}"', here) if here else ""
    return format_html('<a href="{}"{}>{}</a>', address, current, label)
