"""Draw the site's icons and its link preview again, from its own drawings: `python scripts/draw_icons.py`.

Needs a Chromium (`scripts/install_chromium.py`). The letters of the preview have the machine's sans-serif font.
"""

import shutil
import struct
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, sync_playwright

ROOT: Final = Path(__file__).parents[1]
WEB: Final = ROOT / "src" / "bekal" / "web"
STATIC: Final = WEB / "static" / "bekal"

_CHROMIUM: Final = ("chromium", "chromium-browser", "google-chrome")
_GROUND: Final = "#0b3d2b"  # of icon.svg
_FAVICON: Final = 32
# Launchers cut icons to their own shapes: what must be seen stays within four fifths of the width.
_ICONS: Final = {180: 0.86, 192: 0.8, 512: 0.8}
_PREVIEW: Final = (1200, 630)  # what messengers ask for
_STYLE: Final = f"""
* {{ margin: 0; box-sizing: border-box }}
body {{ width: 1200px; height: 630px; padding: 70px 80px; color: #fff; background: url(kawung) {_GROUND}; background-size: 150px;
  display: grid; grid-template-columns: 1fr 400px; column-gap: 30px; align-items: center;
  font: 700 66px/1.14 "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif; letter-spacing: -.03em }}
p {{ margin-bottom: 26px; color: #ffd983; font-size: 44px; letter-spacing: -.03em }}
.bundle {{ width: 400px; overflow: visible }}
.bundle-body {{ fill: #f5b82e }} .bundle-print {{ fill: #d9950f }}
.bundle-ear {{ fill: #ffd67a }} .bundle-ear-back {{ fill: #eaa925 }}
.bundle-fold {{ fill: none; stroke: #a8720a; stroke-width: 2.5; stroke-linecap: round }} .bundle-knot {{ fill: #a8720a }}
.bundle-shade {{ fill: #062519; opacity: .5 }}
"""


def main() -> None:
    path = next(filter(None, map(shutil.which, _CHROMIUM)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page()
        for size, share in _ICONS.items():
            (STATIC / f"icon-{size}.png").write_bytes(_icon(page, size, share))
        (WEB / "root" / "favicon.ico").write_bytes(_favicon(page))
        (STATIC / "preview.png").write_bytes(_preview(page))
        browser.close()


def _icon(page: Page, size: int, share: float) -> bytes:
    """The icon on its own ground, as large as that share of the square."""
    drawing = (STATIC / "icon.svg").read_text(encoding="utf-8")
    edge = round(size * (1 - share) / 2)
    style = f"body {{ margin: {edge}px; background: {_GROUND} }} svg {{ display: block; width: {size - 2 * edge}px }}"
    return _picture(page, f"<style>{style}</style>{drawing}", size, size)


def _favicon(page: Page) -> bytes:
    """The icon as a file of one picture, for what asks for /favicon.ico and reads no page."""
    drawing = (STATIC / "icon.svg").read_text(encoding="utf-8")
    style = f"body {{ margin: 0 }} svg {{ display: block; width: {_FAVICON}px }}"
    picture = _picture(page, f"<style>{style}</style>{drawing}", _FAVICON, _FAVICON)
    header = struct.pack("<HHH", 0, 1, 1) + struct.pack("<BBBBHHII", _FAVICON, _FAVICON, 0, 0, 1, 32, len(picture), 22)
    return header + picture


def _preview(page: Page) -> bytes:
    bundle = (WEB / "templates" / "drawings" / "bundle.html").read_text(encoding="utf-8")
    kawung = (STATIC / "kawung.svg").read_text(encoding="utf-8").replace("#", "%23").strip().replace('"', "'")
    style = _STYLE.replace("url(kawung)", f'url("data:image/svg+xml,{kawung}")')
    words = "<div><p>Bekal</p>Uang pelatihan Anda, sampai rupiah terakhir</div>"
    return _picture(page, f"<style>{style}</style>{words}{bundle}", *_PREVIEW)


def _picture(page: Page, body: str, width: int, height: int) -> bytes:
    page.set_viewport_size({"width": width, "height": height})
    page.set_content(f"<!doctype html>{body}")
    return page.screenshot(omit_background=True)


if __name__ == "__main__":
    main()
