"""The list of cases and the page of one, as two officers use them."""

import re
from typing import Final
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from bekal.access.models import Role
from bekal.cases.models import Case, Opening
from bekal.cases.services import open_cases
from bekal.participants.models import IdentityCheck, Participant
from tests.cases.test_cases import mistyped
from tests.web.officers import code_of_now, grow_old
from tests.web.operator.conftest import Enter
from tests.web.reading import body_of, text_of

pytestmark = pytest.mark.usefixtures("db")
LIST: Final = "/operator/cases/"
PROPOSAL: Final = {"outcome": "confirmed", "evidence": "surat 12/2021"}


@pytest.fixture
def person() -> Participant:
    return mistyped()


@pytest.fixture
def address(person: Participant) -> str:
    open_cases()
    return f"{LIST}{Case.objects.get().public_id}/"


def approval(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(seen)" value="([0-9a-f]+)"', page))


def test_two_officers_decide_a_case(enter: Enter, address: str, person: Participant) -> None:
    operator, approver = enter(Role.OPERATOR), enter(Role.APPROVER)
    assert f'href="{address}"' in body_of(operator.get(LIST))
    assert "NIK menyatakan tanggal lahir yang berbeda dari isian." in text_of(operator.get(address))
    assert operator.post(f"{address}propose/", PROPOSAL)["Location"] == address
    page = body_of(approver.get(address))
    assert "surat 12/2021" in page
    assert approver.post(f"{address}approve/", approval(page))["Location"] == address
    assert IdentityCheck.objects.get(participant=person).state == "confirmed"
    assert "Diputuskan: pendaftaran benar" in text_of(operator.get(address))
    assert "Tidak ada kasus yang terbuka." in text_of(operator.get(LIST))


def test_nothing_sealed_is_on_the_page_until_an_officer_opens_it(enter: Enter, address: str, person: Participant) -> None:
    operator = enter(Role.OPERATOR)
    assert "18 Agustus 1995" not in text_of(operator.get(address))
    page = text_of(operator.post(f"{address}data/"))
    assert "18 Agustus 1995" in page
    assert Opening.objects.get().participant == person
    # Looking at the page again opens nothing again.
    assert "18 Agustus 1995" not in text_of(operator.get(address))
    assert Opening.objects.count() == 1


def test_what_cannot_be_is_refused_in_words(enter: Enter, address: str) -> None:
    operator, approver = enter(Role.OPERATOR), enter(Role.APPROVER)
    refused = operator.post(f"{address}propose/", {"outcome": "confirmed", "evidence": ""})
    assert (refused.status_code, "Sebutkan" in text_of(refused)) == (422, True)
    kept = operator.post(f"{address}propose/", {"outcome": "", "evidence": "surat 12"})
    assert (kept.status_code, 'value="surat 12"' in body_of(kept)) == (422, True)
    assert approver.post(f"{address}approve/").status_code == 409
    operator.post(f"{address}propose/", PROPOSAL)
    assert approver.post(f"{address}approve/", {"seen": "0"}).status_code == 409
    assert IdentityCheck.objects.get().state == "to_be_verified"


def test_an_approval_asks_a_fresh_code(enter: Enter, address: str) -> None:
    operator, approver = enter(Role.OPERATOR), enter(Role.APPROVER)
    operator.post(f"{address}propose/", PROPOSAL)
    form = approval(body_of(grow_old(approver).get(address)))
    assert approver.post(f"{address}approve/", form).status_code == 403
    assert approver.post(f"{address}approve/", form | {"code": code_of_now(1)}).status_code == 302


def test_an_auditor_looks_on(enter: Enter, address: str) -> None:
    auditor = enter(Role.AUDITOR)
    page = body_of(auditor.get(address))
    assert re.findall(r'action="([^"]*cases[^"]*)"', page) == []
    for act in ("data", "propose", "approve", "cancel"):
        assert auditor.post(f"{address}{act}/", PROPOSAL).status_code in {403, 409}
    assert Opening.objects.count() == 0


def test_a_proposal_is_cancelled_and_another_made(enter: Enter, address: str) -> None:
    operator = enter(Role.OPERATOR)
    operator.post(f"{address}propose/", PROPOSAL)
    assert operator.post(f"{address}cancel/").status_code == 302
    assert operator.post(f"{address}propose/", PROPOSAL).status_code == 302


@pytest.mark.parametrize(("kind", "count"), [("verification", 1), ("hit", 0), ("nonsense", 1)])
def test_the_list_is_narrowed_by_kind(enter: Enter, address: str, kind: str, count: int) -> None:
    assert body_of(enter(Role.AUDITOR).get(f"{LIST}?kind={kind}")).count(f'href="{address}"') == count


def test_an_unknown_case_is_not_found(enter: Enter) -> None:
    assert enter(Role.OPERATOR).get(f"{LIST}{uuid4()}/").status_code == 404


def test_a_fixed_number_of_queries(enter: Enter, address: str, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    auditor = enter(Role.AUDITOR)
    auditor.get(LIST)
    # The session, the user, the clock; how many cases, and those of the page.
    with django_assert_num_queries(5):
        auditor.get(LIST)
    # The case, what was proposed, who opened its data.
    with django_assert_num_queries(6):
        auditor.get(address)
