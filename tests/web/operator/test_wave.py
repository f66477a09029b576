import html
import re
from datetime import date

import pytest
from django.db import connection, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from bekal.access.models import Act, Role
from bekal.core.models import DemoClock
from bekal.ledger.accounts import training_account
from bekal.ledger.audit import Verdict, audit, count_owners
from bekal.ledger.queries import fund_position
from bekal.ledger.runs import services
from bekal.participants.models import Enrolment
from bekal.web.operator import views as office
from tests.builders import SPEND_BY, day_after, grant_wave, on, post_approved
from tests.web.officers import code_of_now, grow_old
from tests.web.operator.conftest import Enter
from tests.web.reading import body_of, text_of
from tests.web.village import Village, buy

pytestmark = pytest.mark.usefixtures("db")
ENDED = day_after(SPEND_BY)


def _post(browser: Client, village: Village, act: str) -> tuple[int, str]:
    answer = browser.post(f"/operator/waves/{village.granted.wave.public_id}/{act}/", follow=True)
    return answer.status_code, answer.content.decode()


def _decide(browser: Client, village: Village, act: str) -> tuple[int, str]:
    """Approve or cancel what the wave's page names in its form, as an officer's browser does."""
    wave = village.granted.wave.public_id
    page = browser.get(f"/operator/waves/{wave}/").content.decode()
    named, seen = (re.findall(rf'name="{name}" value="([\w-]+)"', page) for name in ("run", "seen"))
    answer = browser.post(f"/operator/runs/{act}/", {"run": named, "seen": seen[:1], "wave": wave}, follow=True)
    return answer.status_code, answer.content.decode()


def _statuses(village: Village) -> list[str]:
    people = (village.sari, village.dewi, village.budi)
    return [Enrolment.objects.get(pk=enrolment.pk).status for enrolment in people]


def test_the_wave_page_says_what_returns(enter: Enter, village: Village) -> None:
    page = enter(Role.AUDITOR).get(f"/operator/waves/{village.granted.wave.public_id}/").content.decode()
    assert re.findall(r'data-returning-idr="(\d+)"', page) == ["3850000"]
    assert 'data-exact="true"' in page


def test_operator_and_approver_end_the_wave(enter: Enter, village: Village) -> None:
    operator, approver = enter(Role.OPERATOR), enter(Role.APPROVER)
    with on(ENDED):
        status, page = _post(operator, village, "end")
        assert status == 200
        assert re.findall(r'data-run-kind="(\w+)"', page) == ["revocation", "expiry", "expiry", "revocation", "grant"]
        assert _statuses(village) == ["granted", "granted", "granted"]
        status, page = _decide(approver, village, "approve")
        assert status == 200
    assert re.findall(r'data-posted-idr="(\d+)"', page) == ["300000", "3550000", "10650000"]
    assert _statuses(village) == ["ended", "revoked", "ended"]
    position = fund_position(village.granted.wave.fund)
    assert (position.training.returned_idr, position.incentive.returned_idr) == (1_300_000, 2_550_000)
    assert position.is_exact
    assert audit().findings == ()


def test_the_operator_cannot_approve(enter: Enter, village: Village) -> None:
    operator = enter(Role.OPERATOR)
    with on(ENDED):
        _post(operator, village, "end")
        status, page = _decide(operator, village, "approve")
    assert status == 403
    assert "callout-error" in page
    assert _statuses(village) == ["granted", "granted", "granted"]


@pytest.mark.parametrize("role", [Role.APPROVER, Role.AUDITOR])
def test_only_an_operator_proposes(enter: Enter, village: Village, role: Role) -> None:
    officer = enter(role)
    with on(ENDED):
        assert _post(officer, village, "end")[0] == 403
        assert _post(officer, village, "revocation")[0] == 403


def test_the_end_is_refused_on_the_last_day_and_nothing_is_proposed(enter: Enter, village: Village) -> None:
    with on(SPEND_BY):
        status, page = _post(enter(Role.OPERATOR), village, "end")
    assert status == 409
    assert re.findall(r'data-run-kind="(\w+)"', page) == ["grant"]


def test_a_proposal_is_cancelled(enter: Enter, village: Village) -> None:
    operator = enter(Role.OPERATOR)
    _post(operator, village, "revocation")
    status, page = _decide(operator, village, "cancel")
    assert status == 200
    assert "operator:approve" not in page
    assert _decide(enter(Role.APPROVER), village, "approve")[0] == 409


def test_someone_who_buys_between_proposal_and_approval_is_skipped(enter: Enter, village: Village) -> None:
    operator, approver = enter(Role.OPERATOR), enter(Role.APPROVER)
    with on(date(2021, 3, 31)):
        _post(operator, village, "revocation")
    with on(date(2021, 3, 30)):
        buy(village.dewi, village.trainings["KUE-01"])
    with on(date(2021, 4, 1)):
        _decide(approver, village, "approve")
    assert _statuses(village) == ["granted", "granted", "granted"]
    assert audit().findings == ()


def test_who_may_not_know_of_the_balance_is_counted_and_not_revoked(enter: Enter, village: Village) -> None:
    operator = enter(Role.OPERATOR)
    page = f"/operator/waves/{village.granted.wave.public_id}/"
    with on(date(2021, 3, 31)):
        seen = [text_of(operator.get(page))]
        Enrolment.objects.filter(pk=village.dewi.pk).update(first_purchase_by=None)
        seen += [text_of(operator.get(page))]
        assert _post(operator, village, "revocation")[0] == 409
    assert ["Yang pertama berakhir pada 30 Maret 2021." in text for text in seen] == [True, False]
    assert ["Pemberitahuan belum pasti: 1 orang." in text for text in seen] == [False, True]
    assert ["di antaranya pemberitahuan belum pasti 1" in text for text in seen] == [False, True]


def test_the_wave_page_asks_a_fixed_number_of_queries(
    enter: Enter, village: Village, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    auditor = enter(Role.AUDITOR)
    with django_assert_num_queries(8):
        auditor.get(f"/operator/waves/{village.granted.wave.public_id}/")


def test_the_clock_of_a_demo_moves_forward_only(enter: Enter) -> None:
    granted = grant_wave(count=1)
    DemoClock.objects.create()
    operator = enter(Role.OPERATOR)
    page = f"/operator/waves/{granted.wave.public_id}/"
    with on(date(2021, 11, 22)):
        moved = operator.post("/operator/clock/", {"day": "2021-12-16", "next": page})
        assert (moved.status_code, moved["Location"]) == (302, page)
        back = operator.post("/operator/clock/", {"day": "2021-11-01", "next": "https://example.org/"}, follow=True)
    assert back.redirect_chain == [("/operator/", 302)]
    assert "callout-error" in back.content.decode()
    assert DemoClock.objects.get().shift.days == 24


def test_moving_the_clock_is_logged_and_asks_for_a_fresh_code(enter: Enter) -> None:
    granted = grant_wave(count=1)
    DemoClock.objects.create()
    operator = grow_old(enter(Role.OPERATOR))
    with on(date(2021, 11, 22)):
        assert 'id="id_code_clock"' in operator.get("/operator/").content.decode()
        refused = operator.post("/operator/clock/", {"day": "2021-12-16"}, follow=True)
        assert "callout-error" in refused.content.decode()
        assert (DemoClock.objects.get().shift.days, Act.objects.filter(verb="clock.move").count()) == (0, 0)
        operator.post("/operator/clock/", {"day": "2021-12-16", "code": code_of_now(1)})
    act = Act.objects.get(verb="clock.move")
    assert (act.actor and act.actor.role, act.details) == (Role.OPERATOR, {"before": "2021-11-22", "after": "2021-12-16"})
    assert granted.wave.spend_by < date(2021, 12, 16)


def test_the_clock_is_no_business_of_the_auditor(enter: Enter) -> None:
    grant_wave(count=1)
    DemoClock.objects.create()
    auditor = enter(Role.AUDITOR)
    with on(date(2021, 11, 22)):
        assert "/operator/clock/" not in auditor.get("/operator/").content.decode()
        assert auditor.post("/operator/clock/", {"day": "2021-12-16"}).status_code == 403
        assert auditor.post("/operator/clock/", {"day": "nonsense"}).status_code == 403
    assert DemoClock.objects.get().shift.days == 0


def test_a_real_clock_cannot_be_moved(enter: Enter) -> None:
    answer = enter(Role.OPERATOR).post("/operator/clock/", {"day": "2030-01-01"}, follow=True)
    assert "callout-error" in answer.content.decode()
    assert "/operator/clock/" not in answer.content.decode()


@pytest.mark.parametrize("day", ["", "tomorrow", "2021-13-01"])
def test_a_day_that_is_none_is_refused(enter: Enter, day: str) -> None:
    DemoClock.objects.create()
    answer = enter(Role.OPERATOR).post("/operator/clock/", {"day": day}, follow=True)
    assert answer.status_code == 200
    assert "callout-error" in answer.content.decode()


def test_the_audit_page_gives_the_verdict(enter: Enter, village: Village) -> None:
    answer = enter(Role.AUDITOR).post("/operator/audit/")
    assert answer.status_code == 200
    assert "callout-success" in answer.content.decode()


def test_the_audit_page_names_what_was_changed_and_how(enter: Enter, village: Village) -> None:
    owner = training_account(village.dewi.number)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE ledger_balance SET available_idr = available_idr + 1 WHERE owner = %s", [owner])
        cursor.execute("SET LOCAL session_replication_role = origin")
    page = body_of(enter(Role.AUDITOR).post("/operator/audit/"))
    assert ("callout-error" in page, "callout-success" in page) == (True, False)
    found = audit().findings
    assert {finding.owner for finding in found} == {owner}
    rows = [
        [html.unescape(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)]
        for row in re.findall(r"<tr.*?</tr>", page, re.DOTALL)
    ]
    assert [row for row in rows if row] == [[finding.check, str(owner), finding.detail] for finding in found]


def test_an_audit_that_a_page_cannot_wait_for_is_not_begun(
    enter: Enter, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    auditor, accounts = enter(Role.AUDITOR), count_owners()
    monkeypatch.setattr(office, "MOST_AUDITED", accounts)
    assert auditor.post("/operator/audit/").status_code == 200
    monkeypatch.setattr(office, "MOST_AUDITED", accounts - 1)
    monkeypatch.setattr(office, "audit_ledger", lambda: pytest.fail("it was begun"))
    answer = auditor.post("/operator/audit/")
    assert (answer.status_code, "Minta `bekal audit` dijalankan di server" in answer.content.decode()) == (409, True)


def test_a_large_run_is_posted_in_the_background(enter: Enter, village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "SMALL_TARGETS", 2)
    operator, approver = enter(Role.OPERATOR), enter(Role.APPROVER)
    with on(ENDED):
        _post(operator, village, "end")
        status, page = _decide(approver, village, "approve")
        assert status == 200
        assert _statuses(village) == ["granted", "granted", "granted"]
        assert re.findall(r'<progress value="(\d+)" max="(\d+)"', page) == [("0", "2"), ("0", "2")]
        assert '<meta http-equiv="refresh"' in page
        post_approved(village.granted.wave)
        page = operator.get(f"/operator/waves/{village.granted.wave.public_id}/").content.decode()
    assert "<progress" not in page
    assert '<meta http-equiv="refresh"' not in page
    assert _statuses(village) == ["ended", "revoked", "ended"]


def test_the_audit_writes_large_numbers_as_people_read_them(enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "audit_ledger", lambda: Verdict(transfers=1_363_647, findings=()))
    answer = enter(Role.AUDITOR).post("/operator/audit/")
    assert "Tepat: 1.363.647 transfer diperiksa ulang dan semuanya cocok." in answer.content.decode()
