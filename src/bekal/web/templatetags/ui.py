"""The parts that pages are put together from, as tags; their markup is in `templates/components/ui/`.

Texts are given translated, `{% callout "error" title=_("Nothing was bought") %}<p>…</p>{% endcallout %}`, and addresses by the
name of their route and what it needs, as to `{% url %}`.
"""

from typing import Any, Final

from django import template
from django.forms import BoundField
from django.template.loader import get_template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from bekal.core.money import format_idr
from bekal.web.tables import with_roles_and_labels

register = template.Library()

_ICONS: Final = {"error": "warning", "warning": "warning", "success": "check", "": "info"}
_LONGEST_FIGURE: Final = len("Rp999.999.999")
_ROLES: Final = {"error": "alert", "success": "status"}


@register.inclusion_tag("components/ui/icon.html")
def icon(name: str) -> dict[str, str]:
    """A drawing of the size of the text beside it, which says the same in words."""
    return {"name": name}


@register.inclusion_tag("components/ui/meter.html")
def meter(percent: int) -> dict[str, int]:
    """A bar that is full at 100; the number is in the text beside it."""
    return {"percent": percent}


@register.inclusion_tag("components/ui/fact.html")
def fact(label: str, value: object, *, end: bool = False) -> dict[str, object]:
    """A line of `<dl class="facts">` or `<dl class="sum">`: what it is and how much; at the end of a sum, its result."""
    return {"label": label, "value": value, "end": end}


@register.inclusion_tag("components/ui/figure.html")
def figure(amount_idr: int, size: str, *, name: str = "", zero: str = "") -> dict[str, object]:
    """An amount as a large figure of size `m`, `l`, `xl` or `xxl`; an amount too long for that on a phone is smaller.

    `name` is the amount's own, for programs that read the page: `balance` is written as `data-balance-idr`. `zero` is written
    instead of `Rp0`.
    """
    is_long = len(format_idr(amount_idr)) > _LONGEST_FIGURE
    return {"amount_idr": amount_idr, "size": size, "is_long": is_long, "name": name, "zero": zero}


@register.inclusion_tag("components/ui/crumb.html")
def crumb(label: str, route: str, *args: object) -> dict[str, str]:
    """The way back to the page above this one."""
    return {"label": label, "address": reverse(route, args=args)}


@register.inclusion_tag("components/ui/link_button.html")
def link_button(label: str, route: str, *args: object, kind: str = "", query: str = "") -> dict[str, str]:
    """A link that looks like a button: full where `kind` is empty, else `line`, `sun` or `ghost`."""
    return {"label": label, "address": reverse(route, args=args) + (f"?{query}" if query else ""), "kind": kind}


@register.simple_block_tag
def callout(content: str, kind: str = "", **parts: Any) -> SafeString:
    """A message that must not be overlooked: `error`, `warning`, `success`, or plain.

    Further parts: `title`, a heading over the content; `focus`, whether it is read first on a page that changed nothing; `icon`
    and `role`, where they are not those of the kind.
    """
    usual = {"icon": _ICONS.get(kind, "info"), "role": _ROLES.get(kind, "")}
    return _part("callout", content=content, kind=kind, **(usual | parts))


@register.simple_block_tag(takes_context=True)
def post(context: template.Context, content: str, route: str, *args: object, **parts: Any) -> SafeString:
    """A form that changes something: posted with its token, and once, however often its button is pressed.

    Further parts: `card`, whether it is a card of its own; `once=False` for a form that may be sent again at once.
    """
    token = context.get("csrf_token")
    return _part("post", content=content, address=reverse(route, args=args), csrf_token=token, **({"once": True} | parts))


@register.simple_block_tag
def field(content: str, bound: BoundField, **parts: Any) -> SafeString:
    """One field of a form: its label, what is wrong with it, and its control, which is the content.

    Further parts: `label`, where it is not the form's own; `classes`, further ones.
    """
    return _part("field", content=content, field=bound, **({"label": bound.label} | parts))


@register.simple_block_tag
def section(content: str, identity: str, title: str, **parts: Any) -> SafeString:
    """A part of the page named by its heading; `classes` may make it a card."""
    return _part("section", content=content, identity=identity, title=title, **parts)


@register.simple_block_tag
def table(content: str, label: str, **parts: Any) -> SafeString:
    """A table, whose rows are cards on a phone; the label names it for people who cannot see it.

    The content is a `<thead>` and a `<tbody>` of rows; a row's name is a `<th scope="row">`. Further parts: `classes`.
    """
    rows = mark_safe(with_roles_and_labels(content))  # noqa: S308 (the rows of a template, which escaped its values)
    return _part("table", content=rows, label=label, **parts)


def _part(name: str, **parts: Any) -> SafeString:
    return mark_safe(get_template(f"components/ui/{name}.html").render(parts))  # noqa: S308 (a template escapes its values)
