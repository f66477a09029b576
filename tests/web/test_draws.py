"""The public's pages of draws: what everybody sees, downloads and may hand in."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from bekal.core import clock
from bekal.participants.draw.beacon import sign_test_round
from bekal.participants.draw.services import TRIES_A_NETWORK, cancel
from bekal.participants.draw.verify import verify_files
from bekal.participants.models import Draw, SignatureTry
from tests.participants.applications.people import ANNOUNCES_AT
from tests.participants.draw.waves import AFTER_DUE, FROZEN_AT, Scene
from tests.web.reading import body_of, text_of

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def scene() -> Scene:
    return Scene(places=4, people=[{"groups": ["laid_off"]} for _ in range(25)])


@pytest.fixture
def nobody() -> Client:
    return Client()


def page(browser: Client, draw: Draw, at: datetime = ANNOUNCES_AT) -> Any:
    with clock.at(at):
        return browser.get(f"/draws/{draw.public_id}/")


def hand_in(browser: Client, draw: Draw, signature: str, at: datetime = AFTER_DUE, network: str = "203.0.113.5") -> Any:
    with clock.at(at):
        return browser.post(f"/draws/{draw.public_id}/value/", {"signature": signature}, REMOTE_ADDR=network)


def test_nothing_is_listed_before_something_is_published(nobody: Client, scene: Scene) -> None:
    assert "Belum ada undian yang diterbitkan." in text_of(nobody.get("/draws/"))
    draw = scene.freeze()
    assert "Belum ada undian yang diterbitkan." in text_of(nobody.get("/draws/"))
    for address in ("", "announcement.json", "applications.jsonl.gz"):
        assert nobody.get(f"/draws/{draw.public_id}/{address}").status_code == 404
    assert hand_in(nobody, draw, "00" * 48).status_code == 404
    assert nobody.get(f"/draws/{uuid4()}/").status_code == 404


def test_what_is_published_can_be_read_and_downloaded(nobody: Client, scene: Scene) -> None:
    draw = scene.publish()
    assert f'href="/draws/{draw.public_id}/"' in body_of(nobody.get("/draws/"))
    found = page(nobody, draw, FROZEN_AT)
    text = text_of(found)
    for part in (bytes(draw.root).hex(), "Suar uji", "suar uji, ", f"{draw.round}", "umum 25 4", "27 Februari 2021, 08.00 WIB"):
        assert part in text
    files = re.findall(rf'href="/draws/{draw.public_id}/([a-z.]+)" download', body_of(found))
    assert files == ["announcement.json", "applications.jsonl.gz", "leaves.bin"]
    assert nobody.get(f"/draws/{draw.public_id}/results.jsonl.gz").status_code == 404
    assert nobody.get(f"/draws/{draw.public_id}/keys").status_code == 404


def test_the_files_that_are_downloaded_are_a_draw_that_holds(nobody: Client, scene: Scene, tmp_path: Path) -> None:
    draw = scene.announce()
    names = re.findall(rf'href="/draws/{draw.public_id}/([a-z.]+)" download', body_of(page(nobody, draw)))
    assert names == ["announcement.json", "applications.jsonl.gz", "leaves.bin", "results.jsonl.gz"]
    for name in names:
        answer: Any = nobody.get(f"/draws/{draw.public_id}/{name}")
        assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer["Content-Disposition"] == f'attachment; filename="draw-12-{name}"'
        (tmp_path / name).write_bytes(b"".join(answer.streaming_content))
    found = verify_files([tmp_path / name for name in names])
    assert (found.problems, found.outcomes) == ([], {"placed": 4, "reserve": 21, "household_full": 0})


def test_anybody_can_hand_in_the_value_once_it_is_due(nobody: Client, scene: Scene) -> None:
    draw = scene.publish()
    assert "/value/" not in body_of(page(nobody, draw, FROZEN_AT))
    early = hand_in(nobody, draw, sign_test_round(draw.round).hex(), at=FROZEN_AT)
    assert (early.status_code, "tidak bisa diketahui sebelumnya" in text_of(early)) == (409, True)
    due = page(nobody, draw, AFTER_DUE)
    assert f'action="/draws/{draw.public_id}/value/"' in body_of(due)
    assert nobody.get(f"/draws/{draw.public_id}/value/").status_code == 405
    wrong = hand_in(nobody, draw, sign_test_round(draw.round + 1).hex())
    assert (wrong.status_code, "Ini bukan tanda tangan putaran" in text_of(wrong)) == (409, True)
    assert sign_test_round(draw.round + 1).hex() in body_of(wrong)
    malformed = hand_in(nobody, draw, "<b>")
    assert (malformed.status_code, "96 angka" in text_of(malformed), "&lt;b&gt;" in body_of(malformed)) == (422, True, True)
    assert hand_in(nobody, draw, sign_test_round(draw.round).hex()).status_code == 302
    assert Draw.objects.get().state == "valued"
    again = hand_in(nobody, draw, sign_test_round(draw.round).hex())
    assert again.status_code == 302
    assert hand_in(nobody, draw, sign_test_round(draw.round + 1).hex()).status_code == 409


def test_one_network_cannot_have_signatures_checked_without_end(nobody: Client, scene: Scene) -> None:
    draw = scene.publish()
    SignatureTry.objects.bulk_create(SignatureTry(network="203.0.113.0/24", at=AFTER_DUE) for _ in range(TRIES_A_NETWORK - 1))
    right = sign_test_round(draw.round).hex()
    assert hand_in(nobody, draw, "00" * 48).status_code == 409
    assert hand_in(nobody, draw, right).status_code == 429
    assert Draw.objects.get().state == "published"
    assert hand_in(nobody, draw, right, network="198.51.100.1").status_code == 302
    # What was counted is forgotten after an hour.
    hand_in(nobody, draw, right, at=AFTER_DUE + timedelta(hours=1))
    assert SignatureTry.objects.count() == 1


def test_what_was_drawn_is_shown(nobody: Client, scene: Scene) -> None:
    draw = scene.announce()
    text = text_of(page(nobody, draw))
    assert "Terundi 4 Di daftar cadangan 21 Keluarga penuh 0" in text
    assert bytes(draw.signature or b"").hex() in text


def test_a_cancelled_draw_stays_with_its_reason(nobody: Client, scene: Scene) -> None:
    draw = scene.order()
    with clock.at(AFTER_DUE):
        cancel(draw=draw, actor=scene.approver, reason="A list <was> imported late.")
    assert "dibatalkan" in text_of(nobody.get("/draws/"))
    found = page(nobody, draw)
    assert "A list <was> imported late." in text_of(found)
    assert "results.jsonl.gz" in body_of(found)


def test_a_fixed_number_of_queries(nobody: Client, scene: Scene, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    draw = scene.order()
    page(nobody, draw)
    with clock.at(ANNOUNCES_AT):
        # The clock, the draw with its wave, the sizes of its files.
        with django_assert_num_queries(3):
            nobody.get(f"/draws/{draw.public_id}/")
        with django_assert_num_queries(2):
            nobody.get("/draws/")
        # The clock, the draw, and each part until there is none.
        with django_assert_num_queries(4):
            b"".join(nobody.get(f"/draws/{draw.public_id}/leaves.bin").streaming_content)  # type: ignore[attr-defined]
