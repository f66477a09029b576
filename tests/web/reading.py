"""Reading pages as a script outside would."""

import html
import re
from html.parser import HTMLParser
from typing import Any, Final

_VOID: Final = frozenset({"meta", "link", "img", "input", "br", "wbr"})


def text_of(response: Any) -> str:
    """All text between the tags of `<main>`, with single spaces."""
    main = body_of(response).partition("<main")[2].partition("</main>")[0]
    joined = re.sub(r"</?(span|strong|code|wbr)\b[^>]*>", "", main.partition(">")[2])
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", joined)).split())


def body_of(response: Any) -> str:
    return str(response.content.decode())


def trainings_on(response: Any) -> dict[str, int]:
    """Code and price of every training shown, in order: one tag each, the code's attribute before the price's."""
    found = re.findall(r'<[a-z]+ [^>]*data-training-code="([^"]*)" data-price-idr="(\d+)"[^>]*>', body_of(response))
    assert body_of(response).count("data-training-code") == len(found)
    return {html.unescape(code): int(price_idr) for code, price_idr in found}


def balance_on(response: Any) -> int:
    """The balance that the page shows."""
    (balance_idr,) = set(re.findall(r'data-balance-idr="(\d+)"', body_of(response)))
    return int(balance_idr)


def field_of(response: Any, name: str) -> str:
    """The value of a hidden field."""
    (value,) = re.findall(rf'<input type="hidden" name="{name}" value="([^"]*)">', body_of(response))
    return html.unescape(value)


class Page(HTMLParser):
    """The tags of a page: every start tag with its attributes, and whether every tag that opens also closes."""

    def __init__(self, body: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self._open: list[str] = []
        self.is_balanced = True
        self.feed(body)
        self.is_balanced = self.is_balanced and not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.is_balanced = False
