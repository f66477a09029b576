"""Every page of the site, in every state of it, as the test client gets it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse

from bekal.access.models import Role, User
from bekal.access.tries import Origin
from bekal.cases.models import Case, Decision
from bekal.cases.services import digest_of as digest_of_case
from bekal.cases.services import open_cases
from bekal.core import clock
from bekal.core.models import DemoClock
from bekal.ledger.audit import Finding, Verdict
from bekal.ledger.models import Run, RunState
from bekal.ledger.runs import services as runs
from bekal.ledger.runs.queries import digest_of
from bekal.messages.codes import request_code, secret_code
from bekal.messages.models import Delivery, OneTimeCode, SendingSwitch
from bekal.messages.services import write
from bekal.participants.draw import services as draws
from bekal.participants.draw.announcing import announce
from bekal.participants.draw.beacon import sign_test_round
from bekal.participants.draw.ordering import order
from bekal.participants.models import Application, Draw, Enrolment, IdentityCheck, Introduction, Participant
from bekal.payouts.messages import REJECTED
from bekal.programmes.models import WaveSchedule
from bekal.purchases.bundles import buy_bundle
from bekal.purchases.messages import REFUNDED
from bekal.web.operator import views as office
from tests.builders import make_user, on, post_approved
from tests.cases.test_cases import mistyped
from tests.participants.applications.people import ANNOUNCES_AT
from tests.participants.draw.waves import AFTER_DUE, FROZEN_AT, Scene
from tests.web.newcomers import BORN, NEW_PASSWORD, PHONE, STEPS, UNKNOWN, answer_questions, open_applications
from tests.web.officers import code_of_now, enter_office, grow_old
from tests.web.village import BOUGHT_ON, SPEND_BY_OVER, TODAY, Village, login_of

_BUNDLE: Final = "/bundles/buy/?training=KUE-01&training="
_STANDINGS: Final = (
    ("eligible", ""),
    ("refused", "listed:civil_servant"),
    ("withheld", "household_full"),
    ("withdrawn", ""),
    ("accepted", ""),
    ("reserve", ""),
    ("household_full", ""),
    ("not_chosen", ""),
)
_CONTRADICTIONS: Final = Verdict(
    transfers=5, findings=(Finding("chain", 12_000_000_004, "the hash of row 3 is another"), Finding("pool", None, "1 ≠ 2"))
)


@dataclass(frozen=True, slots=True)
class RenderedPage:
    """What a page was answered with."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes


def every_page(village: Village, language: str) -> Iterator[tuple[str, RenderedPage]]:
    """A name and the answer for every page; those of the office begin with `office`.

    The village is not the same afterwards: its wave has come to its end.
    """

    def browser() -> Client:
        client = Client()
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        return client

    for pages in (_public_pages, _newcomers_pages, _participants_pages, _draw_pages, _office_pages):
        for name, answer in pages(village, browser):
            yield name, RenderedPage(answer.status_code, dict(answer.headers), answer.content)


Pages = Iterator[tuple[str, Any]]
NewBrowser = Callable[[], Client]


def _entered(new: NewBrowser, person: Enrolment) -> Client:
    return _as_user(new, login_of(person))


def _as_user(new: NewBrowser, user: User | None) -> Client:
    browser = new()
    if user is not None:
        browser.force_login(user)
    return browser


def _public_pages(village: Village, new: NewBrowser) -> Pages:
    people = {"nobody": new(), "stranger": new()}
    people["stranger"].force_login(make_user(Role.PARTICIPANT))
    people |= {name: _entered(new, getattr(village, name)) for name in ("sari", "dewi", "budi")}
    for who, browser in people.items():
        for address in ("/", "/catalogue/", "/catalogue/?q=zzz", "/catalogue/KUE-01/", "/catalogue/NONE/", "/none/"):
            yield f"{who} {address}", browser.get(address)
    nobody = people["nobody"]
    for address in ("/accounts/login/", "/accounts/password/reset/", "/accounts/inactive/", "/your-data/"):
        yield address, nobody.get(address)
    yield "nobody /api/v1/docs/", nobody.get("/api/v1/docs/")
    for undone in ("page", "purchase", "approval", "form"):
        yield f"/accounts/login/ ended, {undone}", nobody.get(f"/accounts/login/?next=/balance/&ended={undone}")
    yield "failed login", nobody.post("/accounts/login/", {})
    strict = Client(enforce_csrf_checks=True)
    strict.cookies[settings.LANGUAGE_COOKIE_NAME] = nobody.cookies[settings.LANGUAGE_COOKIE_NAME].value
    yield "login without a token", strict.post("/accounts/login/", {})


def _newcomers_pages(_village: Village, new: NewBrowser) -> Pages:
    browser = new()
    yield "register", browser.get("/register/")
    yield "register without a number", browser.post("/register/", {"phone": "nomor saya"})
    with override_settings(BEKAL_SMS_URL="http://127.0.0.1:9", BEKAL_SMS_SECRET="x" * 32):
        browser.post("/register/", {"phone": PHONE})
        yield "register code", browser.get("/register/code/")
        yield "register wrong code", browser.post("/register/code/", {"code": "wrong"})
        waiting = OneTimeCode.objects.get()
        found = secret_code(waiting.public_id)
        browser.post("/register/code/", {"code": found[1] if found else ""})
        yield "register password", browser.get("/register/password/")
        yield "register weak password", browser.post("/register/password/", {"password": "1"})
        browser.post("/register/password/", {"password": NEW_PASSWORD})
        yield "register begun", browser.get("/")
        for name, typed in STEPS.items():
            address = f"/register/identity/{name}/"
            yield f"register {name}", browser.get(address)
            yield f"register wrong {name}", browser.post(address, dict.fromkeys(typed, ""))
            browser.post(address, typed)
            yield f"register {name} again", browser.get(address)
        yield "register confirm", browser.get("/register/identity/confirm/")
        yield "register not confirmed", browser.post("/register/identity/confirm/", {})
        browser.post("/register/identity/confirm/", {"consent": "1"})
    yield "your data", browser.get("/your-data/")
    yield from _application_pages(browser)


def _application_pages(browser: Client) -> Pages:
    yield "result", browser.get("/result/")
    yield "result wrongly asked", browser.post("/result/", {"number": "1", "birth_day": "40"})
    yield "result unknown", browser.post("/result/", {"number": UNKNOWN, **BORN})
    yield "application without a wave", browser.get("/application/")
    yield "home without a wave", browser.get("/")
    with transaction.atomic():
        open_applications(places=2_130_000)
        yield "home with a wave", browser.get("/")
        people = Participant.objects.filter(user=browser.session["_auth_user_id"])
        kept = people.values("occupation")[0]
        people.update(occupation="civil_servant")
        yield "home of somebody excluded", browser.get("/")
        yield "application of somebody excluded", browser.get("/application/")
        people.update(**kept)
        yield "application with questions", browser.get("/application/")
        yield "question", browser.get("/application/questions/reason/")
        yield "question not answered", browser.post("/application/questions/reason/", {})
        yield "question of many answers", browser.get("/application/questions/fields/")
        answer_questions(browser)
        yield "application open", browser.get("/application/")
        yield "application made", browser.post("/application/apply/", {"group": ["disability"]}, follow=True)
        yield "home after applying", browser.get("/")
        yield "result found", browser.post("/result/", {"number": Application.objects.get().number, **BORN})
        for state, reason in _STANDINGS:
            Application.objects.update(state=state, reason=reason)
            yield f"application {state} {reason}", browser.get("/application/")
        IdentityCheck.objects.create(participant=Application.objects.get().participant, disagreeing="sex", opened_at=clock.now())
        yield "application while verified", browser.get("/application/")
        yield "correction", browser.get("/application/correct/")
        yield "wrong correction", browser.post("/application/correct/", {"birth_day": "31", "sex": "X"})
        IdentityCheck.objects.update(state="refused", evidence="R-1", decided_at=clock.now())
        yield "application while not confirmed", browser.get("/application/")
        # The office's pages are those of the village's own wave.
        transaction.set_rollback(True)


def _participants_pages(village: Village, new: NewBrowser) -> Pages:
    sari, dewi = (_entered(new, person) for person in (village.sari, village.dewi))
    receipt = reverse("receipt", args=[village.sari.purchases.latest("id").public_id])
    write(recipient=login_of(village.sari), template=REFUNDED, about=uuid4(), title="Kue & <kopi>", amount_idr=2_130_000_000_000)
    yield "unread messages", sari.get("/messages/")
    yield "sari with an unread message", sari.get("/")
    yield "no messages", dewi.get("/messages/")
    yield from _contact_pages(village, dewi)
    own = ("/balance/", "/catalogue/KUE-01/buy/", "/catalogue/PIMPIN-01/buy/", f"{_BUNDLE}KOPI-01", f"{_BUNDLE}JAHIT-01")
    for address in (*own, f"{_BUNDLE}WEB-01", receipt, "/catalogue/JAHIT-01/", "/catalogue/PIMPIN-01/", "/accounts/logout/"):
        yield address, sari.get(address)
    yield "forbidden", sari.get("/operator/")
    yield "refused bundle", sari.post("/bundles/buy/", {"training": ["KUE-01", "KOPI-01"]})
    yield "refused purchase", sari.post("/catalogue/KUE-01/buy/", {})
    wrong = {"request_key": str(uuid4()), "price_idr": "50000", "password": "keliru"}
    yield "wrong password", sari.post("/catalogue/KUE-01/buy/", wrong)
    with on(BOUGHT_ON):
        introduction = Introduction.objects.create(enrolment=village.dewi)
        yield "introduction", dewi.get("/")
        introduction.delete()
        yield "first purchase open", dewi.get("/")
        yield "first confirmation", dewi.get("/catalogue/KUE-01/buy/")
        yield "first bundle", dewi.get(f"{_BUNDLE}KOPI-01")
        trainings = [village.trainings[code] for code in ("GRATIS-01", "KUE-01")]
        request_key = uuid4()
        items = [(training, training.price_idr) for training in trainings]
        buy_bundle(enrolment=village.dewi, items=items, request_key=request_key)
        yield "dewi bundle receipt", dewi.get(reverse("bundle_receipt", args=[request_key]))
    with on(SPEND_BY_OVER):
        yield "spending over", sari.get("/")


def _contact_pages(village: Village, dewi: Client) -> Pages:
    yield "contact without a phone", dewi.get("/contact/")
    with override_settings(BEKAL_SMS_URL="http://127.0.0.1:9", BEKAL_SMS_SECRET="x" * 32):
        yield "contact asked for a password", dewi.post("/contact/phone/", {"phone": "081234567890"})
        request_code(user=login_of(village.dewi), number="081234567890", origin=Origin("203.0.113.0/24"))
        yield "contact with a code on its way", dewi.get("/contact/")
        yield "contact with a wrong code", dewi.post("/contact/code/", {"code": "wrong"})
        found = secret_code(OneTimeCode.objects.get(contact__user=login_of(village.dewi)).public_id)
        yield "contact confirmed", dewi.post("/contact/code/", {"code": found[1] if found else ""}, follow=True)
        yield "contact chosen", dewi.post("/contact/preferences/", {}, follow=True)


def _draw_pages(_village: Village, new: NewBrowser) -> Pages:
    nobody = new()
    operator, approver, auditor = (
        enter_office(role, new(), email=f"draw-{role}@example.org") for role in (Role.OPERATOR, Role.APPROVER, Role.AUDITOR)
    )
    yield "no draws", nobody.get("/draws/")
    scene = Scene(number=30, places=5, people=[{"groups": ["laid_off"]} for _ in range(24)])
    office = f"/operator/waves/{scene.wave.public_id}/draw/"
    applicant = _as_user(new, scene.participants[0].user)

    def visits(draw: Draw, stage: str, at: datetime) -> Pages:
        with clock.at(at):
            for name, browser in (("operator", operator), ("approver", approver), ("auditor", auditor)):
                yield f"office draw {stage} for {name}", browser.get(office)
            yield f"draw {stage}", nobody.get(f"/draws/{draw.public_id}/")
            yield f"applicant with a draw {stage}", applicant.get("/application/")

    with clock.at(FROZEN_AT):
        yield "office wave with a draw", auditor.get(f"/operator/waves/{scene.wave.public_id}/")
        yield "office draw to freeze", operator.get(office)
        yield "office draw not frozen", operator.post(f"{office}freeze/", {"due": ""})
    draw = scene.freeze()
    yield from visits(draw, "frozen", FROZEN_AT)
    with clock.at(FROZEN_AT):
        yield "office draw code to type", grow_old(approver).get(office)
        yield "office draw not approved", approver.post(f"{office}approve/", {"draw": draw.public_id, "code": code_of_now(1)})
        yield "office draw not cancelled", approver.post(f"{office}cancel/", {"draw": draw.public_id, "reason": ""})
        draws.cancel(draw=draw, actor=scene.approver, reason="Daftar pengecualian terlambat.")
    draw = scene.publish()
    yield from visits(draw, "published", FROZEN_AT)
    yield from visits(draw, "with its value due", AFTER_DUE)
    with clock.at(AFTER_DUE):
        yield "draw with a false signature", nobody.post(f"/draws/{draw.public_id}/value/", {"signature": "0" * 96})
        draws.hand_in_value(draw=draw, signature=sign_test_round(draw.round))
        yield from visits(draw, "with its value", AFTER_DUE)
        order(draw=draw)
    yield from visits(draw, "drawn", ANNOUNCES_AT)
    with clock.at(ANNOUNCES_AT):
        announce(draw=draw, actor=scene.operator)
        yield "draws", nobody.get("/draws/")
    yield from visits(draw, "announced", ANNOUNCES_AT)
    DemoClock.objects.all().delete()


def _outbox_pages(operator: Client, auditor: Client, recipient: User) -> Pages:
    write(recipient=recipient, template=REJECTED, about=uuid4(), amount_idr=2_130_000_000)
    write(recipient=recipient, template=REJECTED, about=uuid4(), amount_idr=2_130_000_000)
    yield "office messages", auditor.get("/operator/messages/")
    # As after a restore, when a worker looks for the first time.
    SendingSwitch.objects.update_or_create(defaults={"stopped_at": clock.now()})
    Delivery.objects.filter(state="waiting").update(state="unknown")
    for name, browser in (("operator", operator), ("auditor", auditor)):
        yield f"office messages after a restore for {name}", browser.get("/operator/messages/")
    yield "office messages code to type", grow_old(operator).get("/operator/messages/")
    yield "office messages not resumed", operator.post("/operator/messages/resume/")
    yield "office messages nothing to settle", operator.post("/operator/messages/settle/")


def _case_pages(village: Village, new: NewBrowser, operator: Client, approver: Client, auditor: Client) -> Pages:
    yield "office no cases", auditor.get("/operator/cases/")
    person = mistyped()
    open_cases()
    address = f"/operator/cases/{Case.objects.get().public_id}/"
    yield "office cases", auditor.get("/operator/cases/")
    yield "office case", operator.get(address)
    yield "office opened case", operator.post(f"{address}data/")
    yield "office case without evidence", operator.post(f"{address}propose/")
    yield (
        "office proposed case",
        operator.post(f"{address}propose/", {"outcome": "refused", "evidence": "surat 12/2021"}, follow=True),
    )
    yield "office case to approve", approver.get(address)
    yield "office case not approved", approver.post(f"{address}approve/")
    form = {"seen": digest_of_case(Case.objects.get(), Decision.objects.get())}
    yield "office decided case", approver.post(f"{address}approve/", form, follow=True)
    yield "your data after an opening", _as_user(new, person.user).get("/your-data/")
    wave, others = village.granted.wave, {"participant": village.sari.participant, "opened_at": clock.now()}
    for case in (
        Case.objects.create(kind="hit", wave=wave, reason="listed:civil_servant", **others),
        Case.objects.create(kind="double", other=village.dewi.participant, **others),
    ):
        yield f"office case of a {case.kind}", operator.get(f"/operator/cases/{case.public_id}/")
        yield f"office opened case of a {case.kind}", operator.post(f"/operator/cases/{case.public_id}/data/")


def _schedule_pages(operator: Client, approver: Client, auditor: Client) -> Pages:
    yield "office new wave", operator.get("/operator/waves/new/")
    form = {
        "number": "21",
        "registration_opens_at": "2021-12-01T00:00",
        "registration_closes_at": "2021-12-02T23:59",
        "announces_at": "2021-12-04T20:00",
        "places": "600000",
        "budget_reference": "DIPA-1/2021",
        "budget_idr": "2130000000000",
    }
    yield "office wrong wave", operator.post("/operator/waves/new/", form | {"places": "0", "province_11": "-1"})
    with on(TODAY):
        yield "office proposed wave", operator.post("/operator/waves/new/", form, follow=True)
        address = f"/operator/waves/schedules/{WaveSchedule.objects.get().public_id}/"
        yield "office waves with a proposal", auditor.get("/operator/")
        yield "office wave to approve", approver.get(address)
        yield "office wave not approved", approver.post(f"{address}approve/")
        yield "office cancelled wave", operator.post(f"{address}cancel/", follow=True)


def _office_pages(village: Village, new: NewBrowser) -> Pages:
    halfway = new()
    halfway.force_login(make_user(Role.OPERATOR))
    yield "office without a second factor", halfway.get("/operator/")
    operator, approver, auditor = (enter_office(role, new()) for role in (Role.OPERATOR, Role.APPROVER, Role.AUDITOR))
    wave = f"/operator/waves/{village.granted.wave.public_id}/"
    reports = "/operator/reports/?about="
    days = "&first=2021-01-01&last=2021-12-31"
    for address in ("/operator/", wave, "/operator/reports/", f"{reports}wave:{village.granted.wave.public_id}{days}"):
        yield f"office {address}", auditor.get(address)
    yield "office wrong report", auditor.get(f"{reports}none&first=x&last=")
    yield "office audit", auditor.post("/operator/audit/")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(office, "audit_ledger", lambda: _CONTRADICTIONS)
        yield "office audit with findings", auditor.post("/operator/audit/")
    yield "office refused end", operator.post(f"{wave}end/")
    yield from _schedule_pages(operator, approver, auditor)
    yield from _case_pages(village, new, operator, approver, auditor)
    yield from _outbox_pages(enter_office(Role.OPERATOR, new(), email="outbox@example.org"), auditor, login_of(village.dewi))
    DemoClock.objects.create()
    yield "office demo", operator.get("/operator/")
    with on(SPEND_BY_OVER), pytest.MonkeyPatch.context() as patch:
        yield "office proposed", operator.post(f"{wave}end/", follow=True)
        named = list(Run.objects.filter(state=RunState.PROPOSED))
        for name, browser in (("operator", operator), ("approver", approver), ("auditor", auditor)):
            yield f"office to approve by {name}", browser.get(wave)
            yield f"office runs for {name}", browser.get("/operator/runs/")
            yield f"office run for {name}", browser.get(f"/operator/runs/{named[0].public_id}/")
        form = {"run": [run.public_id for run in named], "wave": village.granted.wave.public_id, "seen": digest_of(named)}
        yield "office stale page", approver.post("/operator/runs/approve/", form | {"seen": ""})
        patch.setattr(settings, "BEKAL_TYPED_TOTAL_IDR", 0)
        yield "office total to type", approver.get(wave)
        yield "office total not typed", approver.post("/operator/runs/approve/", form)
        patch.undo()
        grow_old(approver)
        yield "office code to type", approver.get(wave)
        yield "office run code to type", approver.get(f"/operator/runs/{named[0].public_id}/")
        yield "office code not typed", approver.post("/operator/runs/approve/", form)
        form["code"] = code_of_now(1)
        patch.setattr(runs, "SMALL_TARGETS", 2)
        yield "office posting", approver.post("/operator/runs/approve/", form, follow=True)
        yield "office run that is posted", approver.get(f"/operator/runs/{named[0].public_id}/")
        post_approved(village.granted.wave)
        yield "office ended", operator.get(wave)
        for run in named:
            yield f"office run {run.kind} that was posted", auditor.get(f"/operator/runs/{run.public_id}/")
        yield "office refused run", approver.post("/operator/runs/approve/", {"run": named[0].public_id})
        yield "office runs", operator.get("/operator/runs/")
        for address in ("/operator/acts/", "/operator/acts/?of=logins", "/operator/acts/?before=1"):
            yield f"office {address}", auditor.get(address)
        for name in ("sari", "dewi"):
            browser = _entered(new, getattr(village, name))
            yield f"{name} ended", browser.get("/")
            yield f"{name} ended balance", browser.get("/balance/")
