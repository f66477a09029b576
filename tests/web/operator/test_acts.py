"""The log of acts, as the auditor reads it."""

import ast
import html
import re
from pathlib import Path
from typing import Final

import pytest
from django.apps import apps
from django.conf import settings
from pytest_django import DjangoAssertNumQueries

import bekal
from bekal.access.keys import make_key
from bekal.access.models import Act, Proposal, Role
from bekal.access.services import record_act
from bekal.web.operator.wording import ACTS, DETAILS
from tests.builders import make_user
from tests.web.operator.conftest import Enter

pytestmark = pytest.mark.usefixtures("db")


def verbs(page: str) -> list[str]:
    return re.findall(r'data-act="([\w.]+)"', page)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.APPROVER])
def test_the_log_is_the_auditors(enter: Enter, role: Role) -> None:
    browser = enter(role)
    assert browser.get("/operator/acts/").status_code == 403
    assert "/operator/acts/" not in browser.get("/operator/").content.decode()


def test_the_newest_stand_first_and_logins_apart(enter: Enter) -> None:
    auditor = enter(Role.AUDITOR)
    make_key(name="dashboard")
    assert verbs(auditor.get("/operator/acts/").content.decode()) == ["key.make", "user.add"]
    page = auditor.get("/operator/acts/?of=logins").content.decode()
    assert verbs(page) == ["login.enter"]
    assert "jaringan: <code>127.0.0.0/24</code>" in page


def test_older_logins_are_logins_too(enter: Enter) -> None:
    auditor = enter(Role.AUDITOR)
    for number in range(25):
        record_act(actor=None, verb="wave.open", subject=f"wave:{number}")
        record_act(actor=None, verb="login.fail", subject=f"user:{number}")
    page = auditor.get("/operator/acts/?of=logins").content.decode()
    (older,) = re.findall(r'rel="next" href="([^"]*)"', page)
    assert verbs(auditor.get(f"/operator/acts/{html.unescape(older)}").content.decode()) == ["login.fail"] * 5 + ["login.enter"]


def test_every_act_is_on_one_page(enter: Enter) -> None:
    auditor = enter(Role.AUDITOR)
    for number in range(120):
        record_act(actor=None, verb="wave.open", subject=f"wave:{number}")
    found, address = [], "/operator/acts/"
    while address:
        page = auditor.get(address).content.decode()
        found += re.findall(r"<code>wave:(\d+)</code>", page)
        (address,) = re.findall(r'rel="next" href="(\?before=\d+)"', page) or [""]
        address = address and f"/operator/acts/{address}"
    assert found == [str(number) for number in reversed(range(120))]


@pytest.mark.parametrize("asked", ["?before=x", "?before=-1", "?before=99999999999999999999", "?of=nonsense", "?before=\0"])
def test_what_is_asked_wrongly_shows_the_newest(enter: Enter, asked: str) -> None:
    assert verbs(enter(Role.AUDITOR).get(f"/operator/acts/{asked}").content.decode()) == ["user.add"]


PROPOSALS: Final = {model._meta.model_name: model._meta.app_label for model in apps.get_models() if issubclass(model, Proposal)}


def test_every_verb_that_is_recorded_has_words() -> None:
    package = Path(bekal.__file__).parent
    recorded = set()
    for path in package.rglob("*.py"):
        source, room = path.read_text(), path.relative_to(package).parts[0]
        recorded |= set(re.findall(r'\bverb="([\w.]+)"', source))
        for deed in re.findall(r'\bdeed="(\w+)"', source):
            # What access does to proposals it does to those of every room.
            recorded |= {f"{name}.{deed}" for name, of in PROPOSALS.items() if room in {of, "access"}}
    assert set(ACTS) == recorded


def test_every_detail_that_is_recorded_has_words() -> None:
    recorded: set[str] = {"first", "last"}  # a report's, which come as one mapping
    for path in Path(bekal.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("record_act"):
                recorded |= {keyword.arg for keyword in node.keywords if keyword.arg}
            if isinstance(node, ast.FunctionDef) and node.name == "act_details":
                keys = [key for each in ast.walk(node) if isinstance(each, ast.Dict) for key in each.keys]
                recorded |= {key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
    assert set(DETAILS) == recorded - {"actor", "verb", "subject"}


def test_acts_are_told_in_the_language_of_the_reader(enter: Enter) -> None:
    auditor = enter(Role.AUDITOR)
    make_key(name="dashboard")
    assert "Membuat kunci API" in auditor.get("/operator/acts/").content.decode()
    assert "Masuk" in auditor.get("/operator/acts/?of=logins").content.decode().split("<tbody", 1)[1]
    auditor.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert "Made an API key" in auditor.get("/operator/acts/").content.decode()


def test_sums_are_written_as_everywhere_else(enter: Enter) -> None:
    record_act(actor=None, verb="wave.fund", subject="wave:1", amount_idr=10_635_800_000, reference=None)
    page = enter(Role.AUDITOR).get("/operator/acts/").content.decode()
    assert "jumlah: <code>Rp10.635.800.000</code>" in page
    assert "referensi" not in page


def test_people_outside_the_office_are_not_named(enter: Enter) -> None:
    person = make_user(Role.PARTICIPANT)
    record_act(actor=person, verb="payouts.link", subject="payment_account:1")
    page = enter(Role.AUDITOR).get("/operator/acts/").content.decode()
    assert str(person.public_id) in page
    assert person.name not in page


def test_reports_that_are_shown_stand_in_the_log(enter: Enter) -> None:
    auditor = enter(Role.AUDITOR)
    auditor.get("/operator/reports/?about=treasury&first=2021-01-01&last=2021-12-31")
    act = Act.objects.get(verb="report.show")
    assert (act.actor and act.actor.role, act.subject, act.details) == (
        Role.AUDITOR,
        "treasury",
        {"first": "2021-01-01", "last": "2021-12-31"},
    )


def test_a_fixed_number_of_queries(enter: Enter, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    auditor = enter(Role.AUDITOR)
    with django_assert_num_queries(4):  # the clock, the session, the user, the acts
        auditor.get("/operator/acts/")
