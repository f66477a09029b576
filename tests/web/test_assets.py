"""What browsers, launchers, messengers and search engines ask for beside pages."""

import json
import struct
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from tests.web.conftest import Visit
from tests.web.reading import Page, body_of
from tests.web.village import Village

_LARGEST_PREVIEW_BYTES = 120_000


def _static(name: str) -> bytes:
    path = finders.find(f"bekal/{name}")
    assert isinstance(path, str), name
    return Path(path).read_bytes()


def _size(picture: bytes) -> tuple[int, int]:
    """Width and height of a PNG."""
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def _preview(browser: Client, address: str) -> dict[str, str]:
    tags = Page(body_of(browser.get(address))).tags
    return {tag["property"]: tag["content"] for name, tag in tags if name == "meta" and "property" in tag}


def test_a_link_that_is_sent_to_a_friend_has_a_picture_and_words(village: Village) -> None:
    found = _preview(Client(), "/catalogue/KUE-01/")

    assert found == {
        "og:site_name": "Bekal",
        "og:type": "website",
        "og:title": "Kue basah untuk jualan pagi",
        "og:description": "Dapur Contoh · Platform Satu · Rp50.000",
        "og:image": "http://testserver/static/bekal/preview.png",
        "og:image:width": "1200",
        "og:image:height": "630",
    }
    home = _preview(Client(), "/")
    assert home["og:title"] == "Uang pelatihan Anda, sampai rupiah terakhir"
    assert home["og:description"] == "Lihat berapa saldo Anda, sampai kapan, dan pelatihan mana yang cukup dengan sisanya."


def test_pages_of_a_person_have_no_preview(village: Village, visit: Visit) -> None:
    assert _preview(visit(village.sari), "/") == {}


def test_the_preview_is_as_large_as_it_says_and_small_to_load() -> None:
    picture = _static("preview.png")
    assert _size(picture) == (1200, 630)
    assert len(picture) <= _LARGEST_PREVIEW_BYTES


def test_the_manifest_names_icons_that_are_there() -> None:
    manifest = json.loads(_static("bekal.webmanifest"))

    assert (manifest["name"], manifest["start_url"], manifest["lang"]) == ("Bekal", "/", "id")
    sizes = {icon["sizes"]: icon["src"] for icon in manifest["icons"]}
    assert set(sizes) == {"any", "192x192", "512x512"}
    assert [_size(_static(sizes[f"{side}x{side}"])) for side in (192, 512)] == [(192, 192), (512, 512)]
    assert b"<svg" in _static(sizes["any"])
    assert _size(_static("icon-180.png")) == (180, 180)
    assert settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["manifest-src"] == ["'self'"]


@pytest.mark.parametrize(
    ("address", "kind", "beginning"),
    [
        ("/robots.txt", "text/plain", b"User-agent: *\n"),
        ("/favicon.ico", "image/x-icon", b"\x00\x00\x01\x00\x01\x00"),
        ("/static/bekal/bekal.webmanifest", "application/manifest+json", b"{\n"),
    ],
)
def test_what_is_asked_for_by_name_is_served(address: str, kind: str, beginning: bytes) -> None:
    answer = Client().get(address)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].partition(";")[0] in {kind, "image/vnd.microsoft.icon"}
    assert b"".join(answer.streaming_content).startswith(beginning)  # type: ignore[attr-defined]


def test_search_engines_are_kept_from_what_is_for_one_person_alone(village: Village, visit: Visit) -> None:
    lines = b"".join(Client().get("/robots.txt").streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    kept_away = tuple(line.removeprefix("Disallow: ") for line in lines if line.startswith("Disallow: "))
    links = {tag["href"] for name, tag in Page(body_of(visit(village.sari).get("/"))).tags if name == "a"}
    links |= {tag["action"] for name, tag in Page(body_of(visit(village.sari).get("/"))).tags if name == "form"}

    public = {link for link in links if link.startswith("/") and not link.startswith(kept_away)}
    assert {link for link in public if not link.startswith("/catalogue/")} == {"/", "/draws/", "/result/", "/your-data/"}
