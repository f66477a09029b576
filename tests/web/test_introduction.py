"""What somebody who was drawn reads once, before the first page."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from bekal.access.models import Act, Role
from bekal.core import clock
from bekal.participants.applications.services import apply_for_wave
from bekal.participants.models import Enrolment, Introduction
from bekal.participants.services import enrol_people
from bekal.programmes.services import fund_places
from bekal.simulation.wave import Office, grant_everybody
from tests.builders import make_user
from tests.participants.applications.people import newcomer
from tests.web.conftest import Visit
from tests.web.newcomers import ANNOUNCES_AT, open_applications
from tests.web.officers import enter_office
from tests.web.reading import text_of
from tests.web.village import Village

pytestmark = pytest.mark.usefixtures("village")


@pytest.fixture
def accepted() -> Any:
    """Somebody who applied, was accepted and granted, on the day of acceptance."""
    wave, person = open_applications(), newcomer()
    apply_for_wave(participant=person, wave=wave)
    with clock.at(ANNOUNCES_AT):
        fund_places(wave=wave, places=1, reference="wave-22")
        enrol_people(participants=[person.pk], wave=wave)
        yield Enrolment.objects.get(participant=person)


def grant(enrolment: Enrolment) -> None:
    office = Office(operator=make_user(Role.OPERATOR), approver=make_user(Role.APPROVER))
    grant_everybody(wave=enrolment.wave, office=office)


def test_it_comes_first_once_there_is_a_balance_and_is_read_once(accepted: Enrolment, visit: Visit) -> None:
    browser: Client = visit(accepted.participant.user)
    assert "Anda punya saldo pelatihan" not in text_of(browser.get("/"))
    grant(accepted)
    page = text_of(browser.get("/"))
    assert "Anda punya saldo pelatihan Rp1.000.000" in page
    # Nobody knows yet whether the SMS arrived: the days begin with this page, and spending ends on 15 December.
    assert "Beli pelatihan pertama dalam 19 hari, terhitung hari ini" in page
    assert "Rp3.550.000, termasuk insentif Anda" in page
    assert "Ini bukan uang tunai" in page
    for _ in range(2):
        answer = browser.post("/introduction/")
        assert (answer.status_code, answer["Location"]) == (303, "/")
    assert "Anda punya saldo pelatihan" not in text_of(browser.get("/"))
    assert Introduction.objects.get().acknowledged_at == clock.now()
    assert Act.objects.filter(verb="participants.read_introduction").count() == 1


def test_whose_days_run_is_told_the_last_of_them(accepted: Enrolment, visit: Visit) -> None:
    grant(accepted)
    Enrolment.objects.update(first_purchase_by=date(2021, 12, 10))
    assert "Beli pelatihan pertama paling lambat 10 Desember 2021" in text_of(visit(accepted.participant.user).get("/"))


def test_the_office_sees_how_many_have_read_it(accepted: Enrolment, visit: Visit) -> None:
    grant(accepted)
    auditor = enter_office(Role.AUDITOR, Client())
    address = f"/operator/waves/{accepted.wave.public_id}/"
    said = "Sudah membaca penjelasan saldo saat pertama masuk"
    assert f"{said} 0 dari 1" in text_of(auditor.get(address))
    visit(accepted.participant.user).post("/introduction/")
    assert f"{said} 1 dari 1" in text_of(auditor.get(address))


def test_reading_it_is_not_acknowledging_it(accepted: Enrolment, visit: Visit) -> None:
    grant(accepted)
    browser = visit(accepted.participant.user)
    for _ in range(2):
        assert "Anda punya saldo pelatihan" in text_of(browser.get("/"))
    assert browser.get("/introduction/").status_code == 405
    assert Introduction.objects.get().acknowledged_at is None


def test_who_was_accepted_without_applying_has_none(village: Village, visit: Visit) -> None:
    assert Introduction.objects.count() == 0
    assert "Anda punya saldo pelatihan" not in text_of(visit(village.sari).get("/"))
    assert visit(village.sari).post("/introduction/").status_code == 303
    assert Introduction.objects.count() == 0
