"""Tables that are tables at a desk and cards on a phone, for eyes and for ears."""

import html
import re
from itertools import count
from typing import Final

_TAG: Final = re.compile(r"<(/?)(thead|tbody|tr|th|td)\b([^>]*)>")
_HEADING: Final = re.compile(r"<th\b[^>]*>(.*?)</th>", re.DOTALL)
_ROLES: Final = {"thead": "rowgroup", "tbody": "rowgroup", "tr": "row", "td": "cell"}


def with_roles_and_labels(rows: str) -> str:
    """The `<thead>` and `<tbody>` of a table, each part with its role, and each cell with the heading of its column.

    The roles say what the style sheet takes away where it shows rows as cards; `data-label` is what it writes beside a value
    there. A cell spans one column, and a row that has a name begins with it, in a `<th scope="row">`.
    """
    head, _, _ = rows.partition("</thead>")
    labels = [_text(heading) for heading in _HEADING.findall(head)]
    is_head, column = False, count()

    def told(tag: re.Match[str]) -> str:
        nonlocal is_head, column
        closing, name, attributes = tag.groups()
        if name == "thead":
            is_head = not closing
        if closing:
            return tag[0]
        if name == "tr":
            column = count()
        if name == "th":
            role = "columnheader" if is_head else "rowheader"
            next(column)
            return f'<th role="{role}"{attributes}>'
        if name == "td":
            return f'<td role="cell" data-label="{labels[next(column)]}"{attributes}>'
        return f'<{name} role="{_ROLES[name]}"{attributes}>'

    return _TAG.sub(told, rows)


def _text(heading: str) -> str:
    """What a heading says, as the value of an attribute."""
    return html.escape(html.unescape(" ".join(re.sub(r"<[^>]+>", " ", heading).split())))
