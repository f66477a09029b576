"""How templates are written: in lines that can be read, and each part of pages in one place."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from django.template import Context, Template
from django.utils.translation import override

import bekal.web

_TEMPLATES: Final = Path(bekal.web.__file__ or "").parent / "templates"
_LONGEST_LINE: Final = 160


def test_no_line_is_too_long_to_read() -> None:
    long = [
        f"{path.relative_to(_TEMPLATES)}:{number}"
        for path in sorted(_TEMPLATES.rglob("*.html"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if len(line) > _LONGEST_LINE
    ]
    assert long == []


@pytest.mark.parametrize(
    ("markup", "part"),
    [
        ('class="callout', "callout"),
        ('class="crumb"', "crumb"),
        ('class="icon"', "icon"),
        ('class="meter"', "meter"),
        ('class="table-scroll"', "table"),
        ('method="post"', "post"),
        ("{% csrf_token %}", "post"),
    ],
)
def test_a_part_is_written_once(markup: str, part: str) -> None:
    found = {path for path in _TEMPLATES.rglob("*.html") if markup in path.read_text(encoding="utf-8")}
    assert found == {_TEMPLATES / "components" / "ui" / f"{part}.html"}


def test_the_day_of_a_moment_is_that_of_jakarta() -> None:
    at = datetime(2021, 11, 22, 17, 30, tzinfo=UTC)
    with override("id"):
        written = Template("{% load bekal %}{{ at|day }}, {{ at|short_day }}").render(Context({"at": at}))
    assert written == "23 November 2021, 23 Nov 2021"
