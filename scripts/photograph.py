"""Take the README's two pictures from a demo that is served: Sari's dashboard on a phone, and the office's page of the wave.

.venv/bin/bekal demo                                    # in one terminal
.venv/bin/python scripts/photograph.py http://127.0.0.1:8000
"""

import base64
import hmac
import os
import re
import shutil
import sys
import time
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, sync_playwright

ROOT: Final = Path(__file__).parents[1]
PICTURES: Final = ROOT / "docs" / "screens"
_PASSWORD: Final = "bekal-demo"  # noqa: S105 - of a demo, and printed by it
_TOTP_SECRET: Final = "BEKALDEMOBEKALDEMOBEKALDEMOBEKAL"  # noqa: S105
_CHROMIUM: Final = ("chromium", "chromium-browser", "google-chrome")


def log_in(page: Page, email: str) -> None:
    page.goto("/accounts/login/")
    page.fill("#id_login", email)
    page.fill("#id_password", _PASSWORD)
    page.click("main button")


def code_of_now() -> str:
    """The six digits of the demo's authenticator app (RFC 6238)."""
    counter = (int(time.time()) // 30).to_bytes(8, "big")
    digest = hmac.digest(base64.b32decode(_TOTP_SECRET), counter, "sha1")
    place = digest[-1] & 15
    return f"{(int.from_bytes(digest[place : place + 4], 'big') & 0x7FFFFFFF) % 10**6:06d}"


def main() -> int:
    PICTURES.mkdir(exist_ok=True)
    path = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        phone = browser.new_context(base_url=sys.argv[1], viewport={"width": 390, "height": 780}).new_page()
        log_in(phone, "sari@demo.bekal")
        phone.wait_for_selector("[data-balance-idr]")
        phone.screenshot(path=PICTURES / "dashboard.png")
        desk = browser.new_context(base_url=sys.argv[1], viewport={"width": 1100, "height": 780}).new_page()
        log_in(desk, "operator@demo.bekal")
        desk.wait_for_selector("#id_code")
        desk.fill("#id_code", code_of_now())
        desk.click("main button")
        # The wave of everybody but a few: the newest is Dewi's alone.
        desk.get_by_role("link", name=re.compile(r"gelombang 20$")).click()
        desk.wait_for_load_state()
        desk.screenshot(path=PICTURES / "wave.png")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
