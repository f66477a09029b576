"""Every page fits every phone, whatever its fonts, with the largest amounts there are and with text of twice the size."""

from pathlib import Path
from typing import Final

import pytest
from django.contrib.staticfiles import finders
from django.template import engines
from playwright.sync_api import Browser, Page, Route

from tests.web.browsing import Launch
from tests.web.fonts import FAMILIES, WIDE, Family
from tests.web.pages import RenderedPage
from tests.web.reading import body_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_WIDTHS: Final = (320, 360, 390, 412)
_LARGEST_IDR: Final = 2_130_000_000_000
_SHELL: Final = '<!doctype html><meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/bekal.css">'

# Finds each text that a box around it does not hold (the window, or what has an edge or cuts off), and each word that is broken.
# What moves sideways by itself, what a control lays out, and what only ears perceive, is passed over.
_SPILLED: Final = """([pages, amount]) => {
  const holds = (style) => style.display !== "inline"
    && (style.overflowX !== "visible" || parseFloat(style.borderLeftWidth) || style.backgroundColor !== "rgba(0, 0, 0, 0)");

  const texts = () => {
    const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode, aside = ".hidden, .skip, thead, option, textarea";
      if (text.data.trim() && !text.parentElement.closest(aside)) found.push(text);
    }
    return found;
  };

  const broken = () => texts().flatMap((text) => {
    const range = document.createRange();
    return [...text.data.matchAll(/[^\\s/-]+/g)].filter(({ 0: word, index }) => {
      range.setStart(text, index);
      range.setEnd(text, index + word.length);
      return new Set([...range.getClientRects()].map((box) => box.top)).size > 1;
    }).map(([word]) => `${word} is broken`);
  });

  const spilled = () => {
    const screen = document.documentElement.clientWidth;
    const found = document.documentElement.scrollWidth > screen ? ["the page"] : [];
    for (const text of texts()) {
      const range = document.createRange();
      range.selectNodeContents(text);
      const { left, right } = range.getBoundingClientRect();
      let room = [-Infinity, Infinity], outer = [0, screen];
      for (let around = text.parentElement; around !== document.body; around = around.parentElement) {
        if (around.matches(".strip")) { outer = room; break; }
        if (!holds(getComputedStyle(around))) continue;
        const box = around.getBoundingClientRect();
        room = [Math.max(room[0], box.left), Math.min(room[1], box.right)];
      }
      room = [Math.max(room[0], outer[0]), Math.min(room[1], outer[1])];
      if (left < room[0] - 1 || right > room[1] + 1) found.push(text.data.trim().slice(0, 60));
    }
    return found;
  };

  const problems = [], look = (name, state, seen) => problems.push(...seen.map((what) => `${name}, ${state}: ${what}`));
  for (const [name, body] of pages) {
    document.documentElement.style.fontSize = "";
    document.body.innerHTML = body;
    document.querySelectorAll("[hidden]").forEach((tag) => { tag.hidden = false; });
    document.querySelectorAll("details").forEach((tag) => { tag.open = true; });
    look(name, "as it is", [...spilled(), ...broken()]);
    for (const text of texts()) text.data = text.data.replace(/\\d{1,3}([.,]\\d{3})+/g, amount);
    look(name, "with the largest amounts", spilled());
    document.documentElement.style.fontSize = "200%";
    look(name, "and with text of twice the size", spilled());
  }
  return problems;
}"""


def empty_page(browser: Browser) -> Page:
    """A page with our style sheet and nothing else."""

    def answer(route: Route) -> None:
        if route.request.url.endswith(".css"):
            route.fulfill(path=Path(str(finders.find("bekal/bekal.css"))))
        else:
            route.fulfill(content_type="text/html", body=_SHELL)

    context = browser.new_context()
    context.route("**/*", answer)
    page = context.new_page()
    page.goto("https://bekal.test/")
    return page


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_the_browser_sees_the_fonts_of_the_tests_alone(browsers: Launch, family: Family) -> None:
    page = browsers(family).new_page()
    page.set_content("<b style='font: 100px Arial'>0</b><b style='font: bold 100px monospace'>m</b>")
    widths = page.evaluate("[...document.querySelectorAll('b')].map((tag) => tag.getBoundingClientRect().width)")
    page.context.close()

    assert widths == pytest.approx([family.advance(character) / 10 for character in "0m"], abs=0.1), (
        "this Chromium does not heed FONTCONFIG_FILE (one that is packed as a snap cannot): install another"
    )


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
@pytest.mark.parametrize("language", ["id", "en"])
def test_every_page_fits_every_phone(
    browsers: Launch, rendered: dict[str, dict[str, RenderedPage]], family: Family, language: str
) -> None:
    bodies = [(name, body_of(page).partition("<body>")[2]) for name, page in rendered[language].items()]
    amount = f"{_LARGEST_IDR:,}".replace(",", ".")
    page = empty_page(browsers(family))
    problems = {}
    for width in _WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        problems[width] = page.evaluate(_SPILLED, [bodies, amount])
    page.context.close()

    assert problems == {width: [] for width in _WIDTHS}


@pytest.mark.parametrize("size", ["m", "l", "xl", "xxl"])
def test_the_largest_figure_stays_on_one_line(browsers: Launch, size: str) -> None:
    figure = '<main class="page"><div class="card">{% load ui %}{% figure amount_idr size %}</div></main>'
    body = engines["django"].from_string(figure).render({"amount_idr": _LARGEST_IDR, "size": size})
    page = empty_page(browsers(WIDE))
    page.evaluate("(body) => { document.body.innerHTML = body; }", body)
    lines = {}
    for width in _WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        lines[width] = page.locator(".figure").evaluate(
            "(figure) => Math.round(figure.clientHeight / parseFloat(getComputedStyle(figure).lineHeight))"
        )
    page.context.close()

    assert lines == dict.fromkeys(_WIDTHS, 1)
