"""Tables keep their meaning where the style sheet shows their rows as cards."""

from html.parser import HTMLParser

from django.template import engines

from tests.web.pages import RenderedPage
from tests.web.reading import body_of

_TEMPLATE = """{% load ui %}{% table "Waves" %}
<thead><tr>
<th scope="col">Wave</th>
<th scope="col" class="num">In &amp; “out” {{ quote }}</th>
</tr></thead>
<tbody>
<tr data-x="1">
<th scope="row"><a href="/1/">{{ name }}</a></th>
<td class="num">{{ name }}</td>
</tr>
</tbody>
{% endtable %}"""


def test_each_part_has_its_role_and_each_cell_the_heading_of_its_column() -> None:
    written = engines["django"].from_string(_TEMPLATE).render({"name": "<td>", "quote": '"'})

    assert written == (
        '<div class="table-scroll" tabindex="0" role="group" aria-label="Waves">\n'
        '<table class="table" role="table">\n\n'
        '<thead role="rowgroup"><tr role="row">\n'
        '<th role="columnheader" scope="col">Wave</th>\n'
        '<th role="columnheader" scope="col" class="num">In &amp; “out” &quot;</th>\n'
        "</tr></thead>\n"
        '<tbody role="rowgroup">\n'
        '<tr role="row" data-x="1">\n'
        '<th role="rowheader" scope="row"><a href="/1/">&lt;td&gt;</a></th>\n'
        '<td role="cell" data-label="In &amp; “out” &quot;" class="num">&lt;td&gt;</td>\n'
        "</tr>\n"
        "</tbody>\n\n"
        "</table>\n</div>\n"
    )


class _Tables(HTMLParser):
    """Of every table of a page: its headings, and of each row the roles and labels of its cells."""

    def __init__(self, body: str) -> None:
        super().__init__()
        self.rows: list[tuple[list[str], list[tuple[str | None, str | None]]]] = []
        self._headings: list[str] = []
        self._is_head = False
        self._heading: list[str] | None = None
        self.feed(body)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "thead":
            self._is_head, self._headings = True, []
        elif tag == "th" and self._is_head:
            self._heading = []
        elif tag == "tr" and not self._is_head:
            self.rows.append((self._headings, []))
        elif tag in {"td", "th"}:
            found = dict(attrs)
            self.rows[-1][1].append((found.get("role"), found.get("data-label")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "thead":
            self._is_head = False
        elif tag == "th" and self._heading is not None:
            self._headings.append(" ".join("".join(self._heading).split()))
            self._heading = None

    def handle_data(self, data: str) -> None:
        if self._heading is not None:
            self._heading.append(data)


def test_every_table_of_the_site_says_in_each_cell_what_it_is(rendered: dict[str, dict[str, RenderedPage]]) -> None:
    seen = 0
    for pages in rendered.values():
        for name, page in pages.items():
            for headings, cells in _Tables(body_of(page)).rows:
                seen += 1
                expected: list[tuple[str | None, str | None]] = [("cell", heading) for heading in headings]
                if cells[0][0] == "rowheader":
                    expected[0] = ("rowheader", None)
                assert cells == expected, name
    assert seen > 50
