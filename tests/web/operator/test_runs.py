"""The page of any run, and of all of them."""

import re
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from bekal.access.models import LastCode, Role
from bekal.core.sql import load_sql
from bekal.ledger.accounts import training_account
from bekal.ledger.audit import audit
from bekal.ledger.models import Run, RunState
from bekal.ledger.queries import available_idr
from bekal.ledger.runs.kinds import run_kind
from bekal.participants.grants import GRANT
from bekal.payouts.instalments import INSTALMENT
from bekal.payouts.settlements import SETTLEMENT
from bekal.programmes.definition.kinds import Gate
from bekal.purchases.refunds import REFUND, cancel_training
from bekal.treasury.corrections import CORRECTION
from bekal.treasury.remittances import REALLOCATION, REMITTANCE
from bekal.treasury.runs import EXPIRY, REVOCATION
from bekal.treasury.services import propose_revocation
from bekal.web.operator.wording import SKIPS
from tests.builders import ACCEPTED_ON, FIRST_PURCHASE_BY, approve_and_post, day_after, on
from tests.web.officers import code_of_now, grow_old
from tests.web.operator.conftest import Enter
from tests.web.reading import text_of
from tests.web.village import Village, buy

pytestmark = pytest.mark.usefixtures("db")

_KINDS = (GRANT, REFUND, INSTALMENT, SETTLEMENT, REVOCATION, EXPIRY, REMITTANCE, REALLOCATION, CORRECTION)


@pytest.fixture
def refund(village: Village) -> Iterator[Run]:
    """A training of Rp50.000 that Dewi bought was cancelled; nobody has approved its refund yet."""
    with on(day_after(ACCEPTED_ON)):
        buy(village.dewi, village.trainings["KUE-01"])
        (run,) = cancel_training(training=village.trainings["KUE-01"], proposer=village.granted.operator)
        yield run


def send(browser: Client, act: str, *runs: UUID | str, **fields: str) -> tuple[int, str]:
    """Decide as the form of the first run's page does."""
    seen = re.findall(r'name="seen" value="(\w+)"', page_of(browser, *runs)) or [""]
    form = {"run": [str(run) for run in runs], "seen": seen[0], **fields}
    answer = browser.post(f"/operator/runs/{act}/", form, follow=True)
    return answer.status_code, answer.content.decode()


def page_of(browser: Client, *runs: UUID | str) -> str:
    """The page of the first run."""
    return browser.get(f"/operator/runs/{runs[0]}/").content.decode() if runs else ""


def test_a_run_says_what_it_does_and_is_approved_by_a_second_person(enter: Enter, village: Village, refund: Run) -> None:
    approver = enter(Role.APPROVER)
    page = approver.get(f"/operator/runs/{refund.public_id}/").content.decode()
    title = village.trainings["KUE-01"].title
    assert f"“{title}” dibatalkan" in page
    assert re.findall(r'name="run" value="([\w-]+)"', page) == [str(refund.public_id)] * 2
    status, page = send(approver, "approve", refund.public_id)
    assert status == 200
    assert re.findall(r'data-posted-idr="(\d+)"', page) == [str(refund.bound_idr)]
    assert "<form" not in page.split("<main", 1)[1]
    refund.refresh_from_db()
    assert (refund.state, refund.posted_idr, refund.skipped_count) == (RunState.FINISHED, refund.bound_idr, 0)
    assert audit().exact


def test_a_run_is_cancelled_by_its_page(enter: Enter, refund: Run) -> None:
    assert send(enter(Role.APPROVER), "cancel", refund.public_id)[0] == 200
    refund.refresh_from_db()
    assert (refund.state, refund.posted_idr) == (RunState.CANCELLED, 0)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.AUDITOR])
def test_only_an_approver_approves(enter: Enter, village: Village, refund: Run, role: Role) -> None:
    before = available_idr(training_account(village.dewi.number))
    status, page = send(enter(role), "approve", refund.public_id)
    assert status == 403
    assert "callout-error" in page
    refund.refresh_from_db()
    assert (refund.state, available_idr(training_account(village.dewi.number))) == (RunState.PROPOSED, before)


def test_what_was_decided_is_not_decided_again(enter: Enter, refund: Run) -> None:
    approver = enter(Role.APPROVER)
    send(approver, "approve", refund.public_id)
    for act in ("approve", "cancel"):
        assert send(approver, act, refund.public_id)[0] == 409


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.AUDITOR])
def test_whoever_may_not_approve_is_told_so_before_code_and_total_are_asked_for(
    enter: Enter, refund: Run, settings: Settings, role: Role
) -> None:
    settings.BEKAL_TYPED_TOTAL_IDR = refund.bound_idr - 1
    refused = "Hanya pengguna dengan peran “penyetuju”"
    officer = enter(role)  # with a code of just now
    status, page = send(officer, "approve", refund.public_id)
    assert (status, refused in page) == (403, True)
    (before,) = LastCode.objects.values_list("counter", flat=True)
    grow_old(officer)
    for code in ({}, {"code": code_of_now(1)}):
        status, page = send(officer, "approve", refund.public_id, **code)
        assert (status, refused in page) == (403, True)
    assert LastCode.objects.get().counter == before


@pytest.mark.parametrize("named", [[], ["nonsense"], [str(UUID(int=7))]])
def test_a_form_that_names_no_run_changes_nothing(enter: Enter, refund: Run, named: list[str]) -> None:
    assert send(enter(Role.APPROVER), "approve", *named)[0] == (404 if named else 409)
    refund.refresh_from_db()
    assert refund.state == RunState.PROPOSED


def test_no_such_run(enter: Enter) -> None:
    assert enter(Role.AUDITOR).get(f"/operator/runs/{uuid4()}/").status_code == 404


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.AUDITOR])
@pytest.mark.parametrize("named", ["nothing", "nonsense", "decided"])
def test_the_role_is_judged_before_the_state(enter: Enter, refund: Run, role: Role, named: str) -> None:
    send(enter(Role.APPROVER), "approve", refund.public_id)
    runs = {"nothing": [], "nonsense": ["nonsense", str(uuid4())], "decided": [str(refund.public_id)]}[named]
    browser = grow_old(enter(role))
    assert browser.post("/operator/runs/approve/", {"run": runs}).status_code == 403
    if role is Role.AUDITOR:
        assert browser.post("/operator/runs/cancel/", {"run": runs}).status_code == 403


def test_what_was_not_shown_is_not_approved(enter: Enter, village: Village, refund: Run) -> None:
    """A run that was proposed after the approver's page was made, named in its form."""
    approver = enter(Role.APPROVER)
    seen = re.findall(r'name="seen" value="(\w+)"', page_of(approver, refund.public_id))[0]
    buy(village.dewi, village.trainings["KOPI-01"])
    (later,) = cancel_training(training=village.trainings["KOPI-01"], proposer=village.granted.operator)
    for runs in ([later], [refund, later]):
        form = {"run": [str(run.public_id) for run in runs], "seen": seen}
        assert approver.post("/operator/runs/approve/", form).status_code == 409
    assert approver.post("/operator/runs/approve/", {"run": str(refund.public_id)}).status_code == 409
    assert set(Run.objects.filter(pk__in=[refund.pk, later.pk]).values_list("state", flat=True)) == {RunState.PROPOSED}


@pytest.mark.parametrize("change", [{"bound_idr": 50_001}, {"target_count": 2}, {"reason": "another"}])
def test_a_run_that_changed_since_is_shown_as_it_is_now(enter: Enter, refund: Run, change: dict[str, int | str]) -> None:
    approver = enter(Role.APPROVER)
    before = re.findall(r'name="seen" value="(\w+)"', page_of(approver, refund.public_id))[0]
    Run.objects.filter(pk=refund.pk).update(**change)
    answer = approver.post("/operator/runs/approve/", {"run": str(refund.public_id), "seen": before})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Yang menunggu di sini sudah berubah" in page
    assert re.findall(r'name="seen" value="(\w+)"', page)[0] != before
    assert Run.objects.get(pk=refund.pk).state == RunState.PROPOSED


def test_an_old_code_is_asked_for_again_on_the_page(enter: Enter, refund: Run) -> None:
    approver = grow_old(enter(Role.APPROVER))
    assert 'name="code"' in page_of(approver, refund.public_id)
    assert send(approver, "approve", refund.public_id)[0] == 403
    status, page = send(approver, "approve", refund.public_id, code="000000")
    assert (status, "Kode ini salah, atau sudah dipakai." in page) == (403, True)
    assert send(approver, "approve", refund.public_id, code=code_of_now())[0] == 403  # it was used to come in
    assert Run.objects.get(pk=refund.pk).state == RunState.PROPOSED
    assert send(approver, "approve", refund.public_id, code=code_of_now(1))[0] == 200
    assert Run.objects.get(pk=refund.pk).state == RunState.FINISHED


def test_a_code_counts_for_five_minutes(enter: Enter, refund: Run) -> None:
    approver = enter(Role.APPROVER)
    assert 'name="code"' not in page_of(approver, refund.public_id)
    assert send(approver, "approve", refund.public_id)[0] == 200


def test_a_large_total_is_typed_again(enter: Enter, refund: Run, settings: Settings) -> None:
    settings.BEKAL_TYPED_TOTAL_IDR = refund.bound_idr - 1
    approver = enter(Role.APPROVER)
    assert 'name="total"' in page_of(approver, refund.public_id)
    for total in ("", "50001", "5.0000", "-50000", "50000.0", "Rp50,000", "٥٠٠٠٠", "9" * 5_000, "9" + ".999" * 2_000):
        status, page = send(approver, "approve", refund.public_id, total=total)
        assert (status, "Ketik jumlah itu sekali lagi, seperti tertulis" in page) == (422, True), total
    assert Run.objects.get(pk=refund.pk).state == RunState.PROPOSED
    assert send(approver, "approve", refund.public_id, total="Rp50.000")[0] == 200


def test_a_total_that_is_not_large_is_not_typed(enter: Enter, refund: Run, settings: Settings) -> None:
    settings.BEKAL_TYPED_TOTAL_IDR = refund.bound_idr
    approver = enter(Role.APPROVER)
    assert 'name="total"' not in page_of(approver, refund.public_id)
    assert send(approver, "approve", refund.public_id)[0] == 200


def test_all_runs_are_listed_with_what_waits_first(enter: Enter, refund: Run) -> None:
    page = enter(Role.AUDITOR).get("/operator/runs/").content.decode()
    assert re.findall(r'data-run-kind="(\w+)"', page) == ["refund", "refund", "grant"]


def test_the_pages_ask_a_fixed_number_of_queries(
    enter: Enter, refund: Run, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    auditor = enter(Role.AUDITOR)
    with django_assert_num_queries(6):
        auditor.get("/operator/runs/")
    with django_assert_num_queries(6):
        auditor.get(f"/operator/runs/{refund.public_id}/")


def test_more_waiting_runs_ask_no_more(
    enter: Enter, village: Village, refund: Run, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    buy(village.dewi, village.trainings["KOPI-01"])
    cancel_training(training=village.trainings["KOPI-01"], proposer=village.granted.operator)
    auditor = enter(Role.AUDITOR)
    with django_assert_num_queries(6):
        auditor.get("/operator/runs/")


def test_what_waits_besides_leaves_the_end_of_the_wave_to_be_proposed(enter: Enter, village: Village, refund: Run) -> None:
    page = enter(Role.OPERATOR).get(f"/operator/waves/{village.granted.wave.public_id}/").content.decode()
    assert re.findall(r'name="run" value="([\w-]+)"', page) == []
    assert f'action="/operator/waves/{village.granted.wave.public_id}/end/"' in page
    assert f"/operator/runs/{refund.public_id}/" in page


def test_participants_do_not_enter(village: Village, client: Client, refund: Run) -> None:
    assert client.get("/operator/runs/").status_code == 302
    assert client.post("/operator/runs/approve/", {"run": str(refund.public_id)}).status_code == 302
    refund.refresh_from_db()
    assert refund.state == RunState.PROPOSED


def test_why_an_account_was_skipped_is_said_in_words(enter: Enter, village: Village) -> None:
    with on(day_after(FIRST_PURCHASE_BY)):
        run = propose_revocation(wave=village.granted.wave, proposer=village.granted.operator)
    with on(FIRST_PURCHASE_BY):
        buy(village.dewi, village.trainings["KUE-01"])
    with on(day_after(FIRST_PURCHASE_BY)):
        approve_and_post([run], village.granted.approver)
    page = text_of(enter(Role.AUDITOR).get(f"/operator/runs/{run.public_id}/"))
    assert "Dilewati, menurut alasan Sementara itu sudah membeli pelatihan berbayar 2" in page


@pytest.mark.parametrize("code", _KINDS)
def test_every_reason_to_skip_has_words(code: str) -> None:
    kind = run_kind(code)
    reasons = set(re.findall(r"THEN '(\w+)'", kind.verdict_sql + load_sql("ledger", "post_chunk")))
    assert reasons - {gate.value for gate in Gate} - set(SKIPS) == set()
