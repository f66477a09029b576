"""A real server on a database of its own, and a real browser in front of it."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, Page, sync_playwright

from bekal.messages.channels.sms.standin import StandIn
from tests.web.fonts import Family, install
from tests.web.village import PASSWORD, Village

_CHROMIUM: Final = ("chromium", "chromium-browser", "google-chrome")
_START_SECONDS: Final = 120
AXE: Final = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "resultTypes": ["violations"],
}


@dataclass(frozen=True, slots=True)
class Site:
    """A served village: its address, the village as it was built, and the stand-in to which its SMS go."""

    url: str
    village: Village
    phones: StandIn


@contextmanager
def served(*, database: str, home: Path, log: int | None = subprocess.DEVNULL, **variables: str) -> Iterator[str]:
    """The site of a database, in processes of its own, as it is served to users; yields its address.

    Args:
        log: an open file to which it writes its log.
        variables: what else it is told by its environment.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "DATABASE_URL": database,
        "BEKAL_HOME": str(home),
        "BEKAL_ALLOWED_HOSTS": "127.0.0.1",
        "BEKAL_SECRET_KEY": settings.SECRET_KEY,
        "BEKAL_IDENTITY_SECRET": settings.BEKAL_IDENTITY_SECRET,
        "DJANGO_SETTINGS_MODULE": "bekal.config.site_settings",
        **variables,
    }
    command = [
        sys.executable,
        "-m",
        "bekal.config.site",
        "--address",
        "127.0.0.1",
        "--port",
        str(port),
        "--parent",
        str(os.getpid()),
    ]
    with subprocess.Popen(command, env=environment, stdout=log) as server:
        try:
            _wait_for(port, server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        # Not urlopen, which would ask the proxy that a machine may name.
        with suppress(OSError), closing(HTTPConnection("127.0.0.1", port, timeout=1)) as connection:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == HTTPStatus.OK:
                return
        time.sleep(0.05)
    raise RuntimeError("the server does not answer")


Launch = Callable[[Family], Browser]


@contextmanager
def running_browsers(folders: pytest.TempPathFactory) -> Iterator[Launch]:
    """Chromium as it is on a machine with one family of fonts and no other; the test is skipped where there is no Chromium."""
    path = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    if path is None:
        pytest.skip(f"no Chromium on this machine (looked for {', '.join(_CHROMIUM)})")
    # Chromium's own sandbox does not work for root.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright, ExitStack() as running:

        @cache
        def launch(family: Family) -> Browser:
            environment: dict[str, str | float | bool] = {**os.environ}
            environment["FONTCONFIG_FILE"] = str(install(family, folders.mktemp("fonts")))
            browser = playwright.chromium.launch(
                executable_path=path, args=[*arguments, "--disable-dev-shm-usage"], env=environment
            )
            running.callback(browser.close)
            return browser

        yield launch


def open_page(chromium: Browser, site: Site, *, javascript: bool = True, width: int = 360, language: str = "id") -> Page:
    """A fresh browser of nobody's, as wide as a phone unless told."""
    context = chromium.new_context(
        base_url=site.url, java_script_enabled=javascript, viewport={"width": width, "height": 800}, locale="en-US"
    )
    context.add_cookies([{"name": "django_language", "value": language, "url": site.url}])
    return context.new_page()


def log_in(page: Page, name: str) -> None:
    page.goto("/accounts/login/")
    page.fill("#id_login", f"{name}@example.org")
    page.fill("#id_password", PASSWORD)
    page.click("main button")
    page.wait_for_url("/")


def assert_accessible(page: Page, name: str) -> None:
    """What axe finds wrong of a page: nothing. Colours that are changing are looked at once they have changed."""
    page.evaluate("Promise.all(document.getAnimations().map((each) => each.finished))")
    found = Axe().run(page, options=AXE).response["violations"]
    problems = [(rule["id"], [node["html"][:120] for node in rule["nodes"][:3]]) for rule in found]
    assert problems == [], f"{name}: {problems}"
