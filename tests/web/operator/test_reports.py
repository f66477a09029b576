import re
from datetime import date

import pytest
from django.test import Client

from bekal.access.models import Act, Role
from tests.builders import make_user, on
from tests.web.operator.conftest import Enter
from tests.web.village import Village

pytestmark = pytest.mark.usefixtures("db")
URL = "/operator/reports/"


def closings(page: str) -> dict[str, int]:
    rows = re.findall(r'data-group="(\w+)".*?data-closing-idr="(-?\d+)"', page, re.DOTALL)
    return {kind: int(amount) for kind, amount in rows}


def test_the_treasury_of_this_year_comes_first(enter: Enter, village: Village) -> None:
    with on(date(2021, 11, 22)):
        page = enter(Role.AUDITOR).get(URL)
    assert page.status_code == 200
    found = closings(page.content.decode())
    assert (found["treasury"], found["training"], found["incentive"]) == (-3 * 3_550_000, 1_300_000, 3 * 2_550_000)
    assert sum(found.values()) == 0


def test_a_wave_and_a_provider_are_reported(enter: Enter, village: Village) -> None:
    auditor = enter(Role.AUDITOR)
    wave = village.granted.wave.public_id
    days = {"first": "2021-03-01", "last": "2021-03-01"}
    page = auditor.get(URL, {"about": f"wave:{wave}", **days}).content.decode()
    assert closings(page)["training"] == 3_000_000
    provider = village.trainings["WEB-01"].provider
    answer = auditor.get(URL, {"about": f"provider:{provider.public_id}", "first": "2021-03-01", "last": "2021-12-31"})
    assert set(closings(answer.content.decode())) == {"escrow", "payable", "clearing", "paid"}
    assert provider.name in answer.content.decode()


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"first": "x"}, 422),
        ({"first": "2021-12-31"}, 422),
        ({"about": "wave:1"}, 422),
        ({"about": "wave:00000000-0000-4000-8000-000000000000"}, 422),
    ],
)
def test_a_wrong_question_is_explained(enter: Enter, changes: dict[str, str], status: int) -> None:
    query = {"about": "treasury", "first": "2021-03-01", "last": "2021-03-02", **changes}
    page = enter(Role.AUDITOR).get(URL, query)
    assert (page.status_code, closings(page.content.decode())) == (status, {})
    assert "callout-error" in page.content.decode()


def test_who_looked_at_whose_books_is_in_the_log(enter: Enter) -> None:
    auditor = enter(Role.AUDITOR)
    days = {"first": "2021-03-01", "last": "2021-03-02"}
    auditor.get(URL, {"about": "treasury", **days})
    auditor.get(URL, {"about": "treasury", **days, "first": "x"})
    act = Act.objects.get(verb="report.show")
    assert act.actor is not None
    assert (act.actor.role, act.subject, act.details) == (Role.AUDITOR, "treasury", days)


def test_only_officers_see_reports() -> None:
    assert Client().get(URL).status_code == 302
    browser = Client()
    browser.force_login(make_user(Role.PROVIDER))
    assert browser.get(URL).status_code == 403
