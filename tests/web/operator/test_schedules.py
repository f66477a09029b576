"""Proposing a wave, and the page on which a second person opens it."""

import re
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from bekal.access.models import Role
from bekal.ledger.queries import available_idr
from bekal.programmes.models import Wave, WaveSchedule
from bekal.programmes.queries import shares_of
from tests.builders import FIRST_PURCHASE_BY, TOTAL_IDR, day_after, on
from tests.treasury.test_waves import propose, revoked_wave
from tests.web.officers import code_of_now, grow_old
from tests.web.operator.conftest import Enter
from tests.web.reading import body_of, text_of

pytestmark = pytest.mark.usefixtures("db")
TODAY: Final = day_after(FIRST_PURCHASE_BY)
NEW: Final = "/operator/waves/new/"
FORM: Final = {
    "programme": "prakerja-2021",
    "number": "17",
    "registration_opens_at": "2021-06-05T12:00",
    "registration_closes_at": "2021-06-07T23:59",
    "announces_at": "2021-06-10T20:00",
    "places": "100",
    "budget_reference": "DIPA-1/2021",
    "budget_idr": "Rp10.000.000.000.000",
    "priority_disability": "20",
    "province_91": "0",
}


def send(browser: Client, **changes: Any) -> Any:
    with on(TODAY):
        return browser.post(NEW, FORM | changes)


def approval(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(seen)" value="([0-9a-f]+)"', page))


def test_an_operator_proposes_and_an_approver_opens(enter: Enter) -> None:
    operator, approver = enter(Role.OPERATOR), enter(Role.APPROVER)
    address = send(operator)["Location"]
    schedule = WaveSchedule.objects.get()
    assert address == f"/operator/waves/schedules/{schedule.public_id}/"
    # Times are Jakarta's.
    assert schedule.registration_closes_at == datetime(2021, 6, 7, 16, 59, tzinfo=UTC)
    assert f'href="{address}"' in body_of(approver.get("/operator/"))
    page = body_of(approver.get(address))
    for part in ("7 Juni 2021, 23.59 WIB", "Rp355.000.000", "Penyandang disabilitas", "DIPA-1/2021", "23 Juni 2021"):
        assert part in page
    with on(TODAY):
        answer = approver.post(f"{address}approve/", approval(page))
    wave = Wave.objects.get()
    assert answer["Location"] == f"/operator/waves/{wave.public_id}/"
    assert available_idr(wave.fund) == 100 * TOTAL_IDR
    assert [(share.code, share.places) for share in shares_of(wave)][:3] == [
        ("disability", 20),
        ("laid_off", 15),
        ("women_returning", 10),
    ]
    page = text_of(approver.get(answer["Location"]))
    for part in ("10 Juni 2021, 20.00 WIB", "Penyandang disabilitas 20"):
        assert part in page
    assert "Disetujui" in text_of(operator.get(address))


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({"registration_closes_at": "2021-06-05T12:00"}, {"registration_closes_at": "Pendaftaran harus ditutup setelah dibuka."}),
        ({"announces_at": "besok"}, {"announces_at": "tanggal/waktu"}),
        ({"places": "3000000"}, {"places": "Pendanaan cukup untuk 2816901 tempat"}),
        ({"budget_idr": "banyak"}, {"budget_idr": "bukan jumlah uang"}),
        ({"priority_laid_off": "101"}, {"priority_laid_off": "Jangan menyisihkan lebih banyak tempat"}),
        ({"province_31": "101"}, {"province_31": "Jangan menyisihkan lebih banyak tempat"}),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(enter: Enter, changes: dict[str, str], reasons: dict[str, str]) -> None:
    answer = send(enter(Role.OPERATOR), **changes)
    assert (answer.status_code, WaveSchedule.objects.count()) == (422, 0)
    page = body_of(answer)
    found = dict(re.findall(r'id="id_(\w+)_error">.*?<span>(.*?)</span>', page, re.DOTALL))
    assert {field: reason for field, reason in reasons.items() if reason not in found.get(field, "")} == {}
    # What was right stays typed.
    assert 'value="DIPA-1/2021"' in page
    assert ('<details class="more" open>' in page) == any(field.startswith("province") for field in reasons)


def test_returned_money_is_offered_and_taken(enter: Enter) -> None:
    granted = revoked_wave()
    operator = enter(Role.OPERATOR)
    name = f"{granted.wave.public_id}_2021"
    assert f'name="source_{name}"' in body_of(operator.get(NEW))
    money = {"budget_reference": "", "budget_idr": "", f"source_{name}": "10.650.000", f"order_{name}": "R-1/2021"}
    shares = {"places": "3", "priority_disability": "", "number": "13"}
    assert send(operator, **money, **shares).status_code == 302
    (source,) = WaveSchedule.objects.get().sources.all()
    assert (source.wave, source.amount_idr, source.order_number) == (granted.wave, 3 * TOTAL_IDR, "R-1/2021")
    assert "R-1/2021" in body_of(operator.get(f"/operator/waves/schedules/{WaveSchedule.objects.get().public_id}/"))


def test_only_an_operator_proposes_and_only_an_approver_approves(enter: Enter) -> None:
    schedule = propose()
    address = f"/operator/waves/schedules/{schedule.public_id}/"
    for role in (Role.APPROVER, Role.AUDITOR):
        browser = enter(role)
        assert [browser.get(NEW).status_code, browser.post(NEW, FORM).status_code] == [403, 403]
    auditor = browser
    page = body_of(auditor.get(address))
    assert ("approve/" in page, "cancel/" in page) == (False, False)
    for browser in (enter(Role.OPERATOR), auditor):
        assert browser.post(f"{address}approve/", approval(page)).status_code == 403
    assert Wave.objects.count() == 0


def test_a_page_that_shows_something_else_approves_nothing(enter: Enter) -> None:
    address = f"/operator/waves/schedules/{propose().public_id}/"
    approver = enter(Role.APPROVER)
    form = approval(body_of(approver.get(address)))
    WaveSchedule.objects.update(places=999)
    with on(TODAY):
        answer = approver.post(f"{address}approve/", form | {"total": "3550000000"})
    assert (answer.status_code, Wave.objects.count()) == (409, 0)
    assert "tidak sama dengan yang ditampilkan" in text_of(answer)


def test_a_large_total_is_typed_and_a_code_is_asked(enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "BEKAL_TYPED_TOTAL_IDR", 1_000_000_000)
    address = f"/operator/waves/schedules/{propose().public_id}/"
    approver = enter(Role.APPROVER)
    form = approval(body_of(approver.get(address)))
    with on(TODAY):
        refused = approver.post(f"{address}approve/", form)
        assert (refused.status_code, Wave.objects.count()) == (422, 0)
        form["total"] = "Rp3.550.000.000"
        assert grow_old(approver).post(f"{address}approve/", form).status_code == 403
        assert approver.post(f"{address}approve/", form | {"code": code_of_now(1)}).status_code == 302
    assert Wave.objects.count() == 1


def test_who_proposed_may_cancel(enter: Enter) -> None:
    operator = enter(Role.OPERATOR)
    address = send(operator)["Location"]
    assert operator.post(f"{address}cancel/").status_code == 302
    assert WaveSchedule.objects.get().state == "cancelled"
    again = operator.post(f"{address}cancel/")
    assert again.status_code == 409
    assert "Dibatalkan" in text_of(operator.get(address))


@pytest.mark.parametrize("address", ["/operator/waves/schedules/00000000-0000-4000-8000-000000000000/", f"{NEW}?programme=none"])
def test_what_is_not_there_is_not_found(enter: Enter, address: str) -> None:
    assert enter(Role.OPERATOR).get(address).status_code == 404


def test_a_fixed_number_of_queries(enter: Enter, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    revoked_wave()
    operator = enter(Role.OPERATOR)
    address = f"/operator/waves/schedules/{propose().public_id}/"
    operator.get(NEW)
    # The session, the user, the clock; the newest wave, what returned, and the waves from which it did.
    with django_assert_num_queries(6):
        operator.get(NEW)
    # The schedule, its sources, and those again for the digest.
    with django_assert_num_queries(6):
        operator.get(address)
