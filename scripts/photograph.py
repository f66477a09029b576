"""Take the README's two pictures from a demo that is served: Sari's dashboard on a phone, and the office's page of the wave.

.venv/bin/bekal demo                                    # in one terminal
.venv/bin/python scripts/photograph.py http://127.0.0.1:8000
"""

import os
import shutil
import sys
from pathlib import Path
from typing import Final

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
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
        counter = next(iter(yield_hotp_counters_from_time()))
        desk.fill("#id_code", format_hotp_value(hotp_value(_TOTP_SECRET, counter)))
        desk.click("main button")
        desk.click("main a[href*='/operator/waves/']")
        desk.wait_for_load_state()
        desk.screenshot(path=PICTURES / "wave.png")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
