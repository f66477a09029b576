"""The row of an applicant in the draw of the wave: kept before the value is due, checked by anybody afterwards."""

import hashlib
import json
from typing import Any

import pytest
from django.test import Client

from bekal.core import clock
from tests.participants.applications.people import ANNOUNCES_AT
from tests.participants.draw.waves import AFTER_DUE, FROZEN_AT, Scene
from tests.web.reading import body_of, text_of

pytestmark = pytest.mark.django_db
URL = "/application/own-row.json"


@pytest.fixture
def scene() -> Scene:
    return Scene(places=1, people=[{}, {}])


def browser_of(scene: Scene, person: int = 0) -> Client:
    user = scene.participants[person].user
    assert user is not None
    browser = Client()
    browser.force_login(user)
    return browser


def kept(browser: Client) -> dict[str, Any]:
    answer = browser.get(URL)
    assert answer.status_code == 200
    found: dict[str, Any] = json.loads(body_of(answer))
    return found


def test_there_is_none_before_the_draw_is_published(scene: Scene) -> None:
    browser = browser_of(scene)
    scene.freeze()
    with clock.at(FROZEN_AT):
        assert browser.get(URL).status_code == 404
        assert "Baris Anda dalam undian" not in text_of(browser.get("/application/"))


def test_from_publication_on_it_is_shown_and_kept(scene: Scene) -> None:
    draw = scene.publish()
    browser = browser_of(scene)
    with clock.at(FROZEN_AT):
        page = browser.get("/application/")
        assert "Baris Anda dalam undian" in text_of(page)
        assert f'href="/draws/{draw.public_id}/"' in body_of(page)
        row = kept(browser)
    assert row["root"] == bytes(draw.root).hex()
    assert row["registration_number"] == scene.applications[0].number
    committed = hashlib.sha256(bytes.fromhex(row["nonce"]) + row["registration_number"].encode()).hexdigest()
    assert committed in row["line"]
    other = kept(browser_of(scene, 1))
    assert (other["number"], other["root"]) == (3 - row["number"], row["root"])


def test_the_result_is_not_on_it_before_it_is_announced(scene: Scene) -> None:
    scene.order()
    with clock.at(AFTER_DUE):
        for person in (0, 1):
            shown = text_of(browser_of(scene, person).get("/application/"))
            assert "urutan" not in shown
            assert "Anda boleh ikut" in shown


def test_afterwards_it_says_the_place_in_the_order(scene: Scene) -> None:
    scene.announce()
    with clock.at(ANNOUNCES_AT):
        shown = [text_of(browser_of(scene, person).get("/application/")) for person in (0, 1)]
    assert sorted("urutan 1." in text for text in shown) == [False, True]
    assert sorted("Anda ada di daftar cadangan" in text for text in shown) == [False, True]


def test_it_is_ones_own_alone(scene: Scene) -> None:
    scene.publish()
    assert Client().get(URL).status_code == 302
