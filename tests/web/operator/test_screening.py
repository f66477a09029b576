"""The screening of a wave on its page."""

import re
from pathlib import Path

import pytest
from pytest_django import DjangoAssertNumQueries

from bekal.access.models import Role
from bekal.core import clock
from bekal.participants.models import Screening
from bekal.participants.screening.services import finish_screening
from bekal.programmes.models import Wave
from tests.participants.applications.people import CLOSES_AT, open_window
from tests.participants.screening.applying import applicants, put_on_list
from tests.web.operator.conftest import Enter
from tests.web.reading import body_of, text_of

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def wave() -> Wave:
    return open_window()


def test_what_a_screening_found_is_on_the_page(enter: Enter, wave: Wave, tmp_path: Path) -> None:
    people = applicants(wave, 3)
    put_on_list(tmp_path, people[:1])
    operator = enter(Role.OPERATOR)
    address = f"/operator/waves/{wave.public_id}/"
    assert "Belum ada pendaftar yang diperiksa." in text_of(operator.get(address))
    assert operator.post(f"{address}screen/")["Location"] == address
    assert "sedang dikerjakan" in text_of(operator.get(address))
    with clock.at(CLOSES_AT):
        finish_screening(screening=Screening.objects.get())
    page = text_of(operator.get(address))
    for part in ("Layak 2", "Aparatur Sipil Negara (ASN)", "civil_servant (1)"):
        assert part in page
    assert "Sejak itu ada daftar yang diimpor" not in page
    put_on_list(tmp_path, people[1:2])
    assert "Sejak itu ada daftar yang diimpor" in text_of(operator.get(address))


def test_only_an_operator_has_the_button(enter: Enter, wave: Wave) -> None:
    auditor = enter(Role.AUDITOR)
    address = f"/operator/waves/{wave.public_id}/"
    assert re.findall(r'action="[^"]*/screen/"', body_of(auditor.get(address))) == []
    assert auditor.post(f"{address}screen/").status_code == 403
    assert Screening.objects.count() == 0


def test_a_fixed_number_of_queries(enter: Enter, wave: Wave, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    auditor = enter(Role.AUDITOR)
    Screening.objects.create(wave=wave, started_at=CLOSES_AT, finished_at=CLOSES_AT, judged=1, eligible=1)
    # What every wave's page asks, who has read what the balance is, then the last screening, and whether a list came later.
    with django_assert_num_queries(12):
        auditor.get(f"/operator/waves/{wave.public_id}/")
