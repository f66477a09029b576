import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils.translation import override

from bekal.access.errors import SecondFactorMissing
from bekal.access.models import Role
from tests.builders import make_user, make_wave
from tests.web.officers import SECRET, add_officer
from tests.web.operator.conftest import Enter
from tests.web.village import PASSWORD

pytestmark = pytest.mark.usefixtures("db")


def test_without_a_login_the_way_leads_to_the_login_page() -> None:
    answer = Client().get("/operator/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/operator/")


@pytest.mark.parametrize("role", [Role.PARTICIPANT, Role.PROVIDER])
def test_others_are_refused(role: Role) -> None:
    browser = Client()
    browser.force_login(make_user(role))
    assert browser.get("/operator/").status_code == 403


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.APPROVER, Role.AUDITOR])
def test_an_officer_without_a_second_factor_is_refused(role: Role) -> None:
    browser = Client()
    browser.force_login(make_user(role))
    answer = browser.get("/operator/")
    assert answer.status_code == 403
    with override("id"):
        assert str(SecondFactorMissing()) in answer.content.decode()


def test_the_password_alone_does_not_log_an_officer_in() -> None:
    email = add_officer(Role.OPERATOR)
    browser = Client()
    browser.post("/accounts/login/", {"login": email, "password": PASSWORD})
    assert "_auth_user_id" not in browser.session
    assert browser.get("/operator/").status_code == 302


def test_a_wrong_code_does_not_log_an_officer_in() -> None:
    email = add_officer(Role.OPERATOR)
    browser = Client()
    step = browser.post("/accounts/login/", {"login": email, "password": PASSWORD})["Location"]
    assert browser.post(step, {"code": "abcdef"}).status_code == 200
    assert browser.get("/operator/").status_code == 302


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.APPROVER, Role.AUDITOR])
def test_officers_with_both_factors_see_the_waves(enter: Enter, role: Role) -> None:
    wave = make_wave()
    page = enter(role).get("/operator/")
    assert page.status_code == 200
    assert f"/operator/waves/{wave.public_id}/" in page.content.decode()


def test_a_second_factor_is_sealed_at_rest() -> None:
    stored = Authenticator.objects.get(user__email=add_officer(Role.OPERATOR)).data
    assert SECRET not in str(stored)


@pytest.mark.parametrize("path", ["waves/{wave}/end/", "waves/{wave}/revocation/", "runs/approve/", "runs/cancel/"])
def test_acts_are_never_done_by_a_link(enter: Enter, path: str) -> None:
    wave = make_wave()
    assert enter(Role.OPERATOR).get(f"/operator/{path.format(wave=wave.public_id)}").status_code == 405


def test_an_unknown_wave_is_not_found(enter: Enter) -> None:
    assert enter(Role.AUDITOR).get("/operator/waves/00000000-0000-4000-8000-000000000000/").status_code == 404
