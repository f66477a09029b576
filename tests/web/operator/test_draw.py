"""The office's page of a draw: who may do which act, in which order, by forms alone."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from bekal.access.models import Role
from bekal.core import clock
from bekal.core.models import DemoClock
from bekal.participants.draw import services
from bekal.participants.draw.beacon import sign_test_round
from bekal.participants.models import Draw, Enrolment
from bekal.web import draws
from tests.builders import make_wave
from tests.participants.applications.people import ANNOUNCES_AT, CLOSES_AT
from tests.participants.draw.waves import AFTER_DUE, DUE, FROZEN_AT, Scene
from tests.web.officers import code_of_now, grow_old
from tests.web.operator.conftest import Enter
from tests.web.reading import body_of, text_of

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def scene() -> Scene:
    return Scene(places=4, people=[{} for _ in range(9)])


def page_of(scene: Scene) -> str:
    return f"/operator/waves/{scene.wave.public_id}/draw/"


def sent(scene: Scene, browser: Client, deed: str, at: datetime, **form: str) -> Any:
    """What is answered to the form of an act; of the wave's newest draw, unless `draw` says which."""
    newest = Draw.objects.order_by("-pk").first()
    if newest is not None:
        form.setdefault("draw", str(newest.public_id))
    with clock.at(at):
        return browser.post(f"{page_of(scene)}{deed}/", form)


def shown(scene: Scene, browser: Client, at: datetime) -> Any:
    with clock.at(at):
        return browser.get(page_of(scene))


def hidden(answer: Any, name: str) -> str:
    (value,) = re.findall(rf'name="{name}" value="([0-9a-f]+)"', body_of(answer))
    return str(value)


def deeds(answer: Any) -> list[str]:
    """The acts that the page offers."""
    return re.findall(r'/draw/([a-z-]+)/"', body_of(answer))


LOCAL = "%Y-%m-%dT%H:%M"


def test_two_officers_draw_a_wave_by_forms_alone(enter: Enter, scene: Scene) -> None:
    operator, approver = enter(Role.OPERATOR), enter(Role.APPROVER)
    assert page_of(scene) in body_of(operator.get(f"/operator/waves/{scene.wave.public_id}/"))
    assert deeds(shown(scene, operator, FROZEN_AT)) == ["freeze"]
    assert sent(scene, operator, "freeze", FROZEN_AT, due=DUE.astimezone(clock.JAKARTA).strftime(LOCAL)).status_code == 302
    draw = Draw.objects.get()
    assert deeds(shown(scene, operator, FROZEN_AT)) == ["cancel"]
    page = shown(scene, approver, FROZEN_AT)
    assert deeds(page) == ["approve", "cancel"]
    assert hidden(page, "seen") == bytes(draw.root).hex()
    assert "27 Februari 2021, 08.00 WIB" in text_of(page)
    assert sent(scene, approver, "approve", FROZEN_AT, seen=hidden(page, "seen")).status_code == 302
    assert deeds(shown(scene, operator, FROZEN_AT)) == ["publish"]
    assert sent(scene, operator, "publish", FROZEN_AT).status_code == 302
    assert "Tidak ada yang bisa tahu sebelumnya" in text_of(shown(scene, operator, FROZEN_AT))
    due = shown(scene, operator, AFTER_DUE)
    assert deeds(due) == ["value"]
    assert sign_test_round(draw.round).hex() in body_of(due)
    assert sent(scene, operator, "value", AFTER_DUE, signature=sign_test_round(draw.round).hex()).status_code == 302
    assert deeds(shown(scene, operator, AFTER_DUE)) == ["order"]
    assert sent(scene, operator, "order", AFTER_DUE).status_code == 302
    assert deeds(shown(scene, operator, AFTER_DUE)) == []
    assert deeds(shown(scene, operator, ANNOUNCES_AT)) == ["announce"]
    assert sent(scene, operator, "announce", ANNOUNCES_AT).status_code == 302
    assert deeds(shown(scene, operator, ANNOUNCES_AT)) == ["move-up"]
    assert deeds(shown(scene, approver, ANNOUNCES_AT)) == []
    assert Enrolment.objects.filter(wave=scene.wave).count() == 4
    states = text_of(shown(scene, operator, ANNOUNCES_AT))
    assert "Diterima 4" in states
    assert "Di daftar cadangan 5" in states


def test_a_list_that_differs_from_what_was_shown_is_not_approved(enter: Enter, scene: Scene) -> None:
    draw = scene.freeze()
    approver = enter(Role.APPROVER)
    answer = sent(scene, approver, "approve", FROZEN_AT, seen="00" * 32)
    assert (answer.status_code, Draw.objects.get().state) == (409, "proposed")
    assert "bukan yang ditampilkan" in text_of(answer)
    assert sent(scene, approver, "approve", FROZEN_AT).status_code == 409
    assert sent(scene, enter(Role.OPERATOR), "approve", FROZEN_AT, seen=bytes(draw.root).hex()).status_code == 403


@pytest.mark.parametrize("deed", ["approve", "announce", "cancel"])
def test_a_fresh_code_is_asked(enter: Enter, scene: Scene, deed: str) -> None:
    draw = scene.order() if deed == "announce" else scene.freeze()
    at = ANNOUNCES_AT if deed == "announce" else FROZEN_AT
    approver = grow_old(enter(Role.APPROVER))
    form = {"seen": bytes(draw.root).hex(), "reason": "a test"}
    before = Draw.objects.get().state
    answer = sent(scene, approver, deed, at, **form)
    assert (answer.status_code, Draw.objects.get().state) == (403, before)
    assert f'id="id_code_{deed}"' in body_of(answer)
    assert sent(scene, approver, deed, at, **form, code=code_of_now(1)).status_code == 302
    assert Draw.objects.get().state != before


def test_an_auditor_looks_on(enter: Enter, scene: Scene) -> None:
    auditor = enter(Role.AUDITOR)
    for at, advance in ((FROZEN_AT, scene.freeze), (FROZEN_AT, None)):
        assert deeds(shown(scene, auditor, at)) == []
        if advance:
            advance()
    for deed in ("freeze", "approve", "publish", "order", "announce", "move-up", "cancel"):
        answer = sent(scene, auditor, deed, FROZEN_AT, due="2021-02-27T08:00", reason="none")
        assert answer.status_code in (403, 409), deed
    assert Draw.objects.get().state == "proposed"


def test_what_is_refused_is_told_on_the_page(enter: Enter, scene: Scene) -> None:
    operator = enter(Role.OPERATOR)
    missing = sent(scene, operator, "freeze", FROZEN_AT, due="tomorrow")
    assert (missing.status_code, "Isi hari dan jam untuk nilai acak." in text_of(missing)) == (422, True)
    early = sent(scene, operator, "freeze", FROZEN_AT, due=(FROZEN_AT + timedelta(minutes=59)).strftime(LOCAL))
    assert (early.status_code, "paling cepat satu jam" in text_of(early)) == (409, True)
    assert 'value="2021-02-26T13:59"' in body_of(early)
    assert sent(scene, operator, "publish", FROZEN_AT).status_code == 404
    assert sent(scene, operator, "nothing", FROZEN_AT).status_code == 404


def test_started_twice_from_two_browsers(enter: Enter, scene: Scene) -> None:
    first, second = enter(Role.OPERATOR), Client()
    second.cookies = first.cookies
    assert sent(scene, first, "freeze", FROZEN_AT, due="2021-02-27T08:00").status_code == 302
    answer = sent(scene, second, "freeze", FROZEN_AT, due="2021-02-27T09:00")
    assert (answer.status_code, Draw.objects.count()) == (409, 1)
    assert "sudah punya undian" in text_of(answer)


def test_a_page_that_is_out_of_date_cancels_no_other_draw(enter: Enter, scene: Scene) -> None:
    approver, before = enter(Role.APPROVER), scene.freeze()
    with clock.at(FROZEN_AT):
        services.cancel(draw=before, actor=scene.operator, reason="the wrong time")
    scene.freeze()
    page = body_of(shown(scene, approver, FROZEN_AT))
    assert page.count(f'name="draw" value="{Draw.objects.latest("pk").public_id}"') == len(["approve", "cancel"])
    for form in ({"draw": str(before.public_id)}, {"draw": ""}):
        answer = sent(scene, approver, "cancel", FROZEN_AT, reason="Daftar salah", **form)
        assert (answer.status_code, "bukan yang ditampilkan" in text_of(answer)) == (409, True)
    assert Draw.objects.latest("pk").state == "proposed"


def test_a_cancelled_draw_stays_to_be_seen(enter: Enter, scene: Scene) -> None:
    draw = scene.publish()
    approver = enter(Role.APPROVER)
    assert sent(scene, approver, "cancel", FROZEN_AT, reason="").status_code == 422
    assert sent(scene, approver, "cancel", FROZEN_AT, reason="Daftar salah").status_code == 302
    page = shown(scene, approver, FROZEN_AT)
    assert f'href="/draws/{draw.public_id}/"' in body_of(page)
    assert "Daftar salah" in text_of(page)


def test_before_the_window_closes_and_for_a_wave_without_one(enter: Enter, scene: Scene) -> None:
    operator = enter(Role.OPERATOR)
    page = shown(scene, operator, CLOSES_AT - timedelta(hours=1))
    assert deeds(page) == []
    assert "Pendaftaran dibuka sampai 26 Februari 2021, 12.00 WIB." in text_of(page)
    wave = make_wave(number=3)
    assert "tidak ada yang diundi" in text_of(operator.get(f"/operator/waves/{wave.public_id}/draw/"))


def test_outside_a_demo_quicknet_decides(enter: Enter, scene: Scene) -> None:
    DemoClock.objects.all().delete()
    page = shown(scene, enter(Role.OPERATOR), FROZEN_AT)
    assert "drand quicknet" in text_of(page)


def test_of_many_applications_the_worker_does_the_acts(enter: Enter, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (services, draws):
        monkeypatch.setattr(module, "AT_ONCE", 8)
    operator, approver = enter(Role.OPERATOR), enter(Role.APPROVER)
    assert sent(scene, operator, "freeze", FROZEN_AT, due="2021-02-27T08:00").status_code == 302
    page = shown(scene, approver, FROZEN_AT)
    assert deeds(page) == ["cancel"]
    assert 'http-equiv="refresh"' in body_of(page)
    draw = Draw.objects.get()
    with clock.at(FROZEN_AT):
        services.finish_freeze(draw=draw)
    page = shown(scene, approver, FROZEN_AT)
    assert (deeds(page), 'http-equiv="refresh"' in body_of(page)) == (["approve", "cancel"], False)
    with clock.at(FROZEN_AT):
        services.approve(draw=draw, approver=scene.approver, seen=hidden(page, "seen"))
        services.publish(draw=draw, actor=scene.operator)
    with clock.at(AFTER_DUE):
        services.hand_in_value(draw=draw, signature=sign_test_round(draw.round))
    assert deeds(shown(scene, operator, AFTER_DUE)) == []


def test_a_fixed_number_of_queries(enter: Enter, scene: Scene, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    operator = enter(Role.OPERATOR)
    scene.order()
    shown(scene, operator, AFTER_DUE)
    # The session, the user, the clock; the wave, its draws, the sizes of the files, the states of applications.
    with clock.at(AFTER_DUE), django_assert_num_queries(7):
        operator.get(page_of(scene))
