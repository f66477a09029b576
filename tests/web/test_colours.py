"""Every page is accessible by day, those of the office too, and can be read by night."""

from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.web.browsing import AXE, Launch
from tests.web.fonts import WIDE
from tests.web.pages import RenderedPage
from tests.web.reading import body_of
from tests.web.test_widths import empty_page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_CONTRAST: Final = {"runOnly": ["color-contrast", "link-in-text-block"], "resultTypes": ["violations"]}
_FOUND: Final = """async ([name, body, options]) => {
  document.body.innerHTML = body;
  document.querySelectorAll("details").forEach((tag) => { tag.open = true; });
  const { violations } = await axe.run(document, options);
  return violations.map((rule) => `${name}: ${rule.id}: ${rule.nodes[0].html.slice(0, 160)}`);
}"""


def problems(page: Page, pages: dict[str, RenderedPage], options: dict[str, Any]) -> list[str]:
    """What axe says of these pages, those that look alike once."""
    page.evaluate(Axe().axe_script)
    page.evaluate("() => { document.title = 'Bekal'; document.documentElement.lang = 'id'; }")
    bodies = {body_of(answer).partition("<body>")[2]: name for name, answer in pages.items()}
    return [found for body, name in bodies.items() for found in page.evaluate(_FOUND, [name, body, options])]


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_page_of_the_office_is_accessible(
    browsers: Launch, rendered: dict[str, dict[str, RenderedPage]], language: str
) -> None:
    page = empty_page(browsers(WIDE))
    page.set_viewport_size({"width": 360, "height": 800} if language == "id" else {"width": 1280, "height": 900})
    office = {name: answer for name, answer in rendered[language].items() if name.startswith("office")}
    found = problems(page, office, AXE)
    page.context.close()

    assert len(office) > 15
    assert found == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_can_be_read_by_day_and_by_night(
    browsers: Launch, rendered: dict[str, dict[str, RenderedPage]], scheme: Any
) -> None:
    page = empty_page(browsers(WIDE))
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 360, "height": 800})
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    found = problems(page, rendered["id"], _CONTRAST)
    page.context.close()

    assert ground == {"light": "rgb(243, 246, 239)", "dark": "rgb(13, 21, 17)"}[scheme]
    assert found == []
