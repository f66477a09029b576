from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from bekal.access.models import Role
from bekal.catalogue.models import Training
from bekal.catalogue.services import change_price, close_training
from bekal.core.errors import Refused
from bekal.ledger.accounts import training_account
from bekal.ledger.queries import available_idr
from bekal.participants.models import Enrolment
from bekal.purchases.models import Purchase, PurchaseStatus
from bekal.purchases.queries import owned_training_ids, refusal_to_buy, wallet
from bekal.purchases.services import buy_training
from bekal.treasury.services import propose_revocation, propose_wave_end
from tests.builders import FIRST_PURCHASE_BY, SPEND_BY, approve_and_post, day_after, grant_wave, make_training, make_user, on
from tests.web.conftest import Visit
from tests.web.reading import balance_on, body_of, field_of, text_of, trainings_on
from tests.web.village import BOUGHT_ON, PASSWORD, Village, buy, login_of


@pytest.fixture
def sari(village: Village, visit: Visit) -> Client:
    """Sari, who typed her password a moment ago."""
    user = login_of(village.sari)
    user.set_password(PASSWORD)
    user.save()
    browser = Client()
    answer = browser.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302
    return browser


def confirm(browser: Client, code: str, **changes: str) -> Any:
    """Open the confirmation page and send its form as it is, but for the changes."""
    address = reverse("buy", args=[code])
    page = browser.get(address)
    form = {"request_key": field_of(page, "request_key"), "price_idr": field_of(page, "price_idr")}
    return browser.post(address, form | changes)


def test_the_confirmation_says_what_will_happen(village: Village, sari: Client) -> None:
    page = sari.get("/catalogue/INGGRIS-01/buy/")

    assert page.status_code == 200
    text = text_of(page)
    assert "Bahasa Inggris untuk melayani tamu" in text
    assert "Saldo sekarang Rp300.000 Harga −Rp240.000 Saldo setelah membeli Rp60.000" in text
    assert "Saldo tersisa Rp60.000. Bisa dipakai sampai 15 Desember 2021; yang tidak terpakai kembali ke kas negara." in text
    assert "Beli seharga Rp240.000" in text
    assert 'name="password"' not in body_of(page)
    assert UUID(field_of(page, "request_key")).version == 4
    assert field_of(page, "request_key") != field_of(sari.get("/catalogue/INGGRIS-01/buy/"), "request_key")


def test_the_confirmation_says_when_the_rest_buys_nothing(village: Village, sari: Client) -> None:
    close_training(training_id=village.trainings["GRATIS-01"].pk, actor=None)

    text = text_of(sari.get("/catalogue/EXCEL-01/buy/"))

    assert "Saat ini tidak ada pelatihan seharga Rp1.000 atau kurang." in text


def test_the_confirmation_of_the_exact_balance_says_that_nothing_returns(village: Village, sari: Client) -> None:
    assert "Saldo Anda terpakai semua: tidak ada yang kembali ke kas negara." in text_of(sari.get("/catalogue/WEB-01/buy/"))


def test_a_first_purchase_is_said_to_secure_the_incentive(village: Village, visit: Visit) -> None:
    with on(BOUGHT_ON):
        paid = text_of(visit(village.dewi).get("/catalogue/KUE-01/buy/"))
        free = text_of(visit(village.dewi).get("/catalogue/GRATIS-01/buy/"))

    assert "Dengan ini kepesertaan dan insentif Anda sebesar Rp2.550.000 aman dari pencabutan." in paid
    assert "aman dari pencabutan" not in free


def test_buying_leads_to_the_receipt_with_its_code(village: Village, sari: Client) -> None:
    answer = confirm(sari, "INGGRIS-01")

    purchase = Purchase.objects.get(enrolment=village.sari, training__code="INGGRIS-01")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/purchases/{purchase.public_id}/")
    receipt = sari.get(answer.headers["Location"])
    assert receipt.status_code == 200
    assert f">{purchase.redeem_code}</code>" in body_of(receipt)
    assert "Buka Platform Tiga dan cari pelatihan ini." in text_of(receipt)
    assert "Harga Rp240.000 Saldo sekarang Rp60.000" in text_of(receipt)
    assert balance_on(receipt) == 60_000


def test_after_buying_balance_and_lists_have_changed(village: Village, sari: Client) -> None:
    confirm(sari, "INGGRIS-01")

    assert balance_on(sari.get("/")) == 60_000 == available_idr(training_account(village.sari.number))
    assert trainings_on(sari.get("/catalogue/?fits=1")) == {"GRATIS-01": 0, "KUE-01": 50_000}
    assert "Pelatihan ini sudah Anda miliki" in text_of(sari.get("/catalogue/INGGRIS-01/"))


def test_a_free_training_is_taken_without_money(village: Village, sari: Client) -> None:
    assert confirm(sari, "GRATIS-01").status_code == 303
    assert balance_on(sari.get("/")) == 300_000


def test_the_same_confirmation_sent_twice_buys_once(village: Village, sari: Client) -> None:
    form = {"request_key": str(uuid4()), "price_idr": "240000"}

    first, second = (sari.post("/catalogue/INGGRIS-01/buy/", form) for _ in range(2))

    assert [first.status_code, second.status_code] == [303, 303]
    assert first.headers["Location"] == second.headers["Location"]
    assert available_idr(training_account(village.sari.number)) == 60_000


def test_beyond_the_balance_the_page_explains_and_the_form_is_refused(village: Village, sari: Client) -> None:
    page = sari.get("/catalogue/PIMPIN-01/buy/")
    answer = sari.post("/catalogue/PIMPIN-01/buy/", {"request_key": str(uuid4()), "price_idr": "500000"})

    assert page.status_code == 200
    assert "Anda tidak bisa membeli ini sekarang" in text_of(page)
    assert "<form" not in body_of(page).partition("<main")[2]
    assert answer.status_code == 409
    for shown in (page, answer):
        assert "Saldo Anda Rp300.000, sedangkan harganya Rp500.000: kurang Rp200.000." in text_of(shown)
        assert 'href="/catalogue/?fits=1"' in body_of(shown)
    assert available_idr(training_account(village.sari.number)) == 300_000


def test_one_rupiah_short_is_refused(village: Village, sari: Client) -> None:
    answer = sari.post("/catalogue/MOTOR-01/buy/", {"request_key": str(uuid4()), "price_idr": "300001"})

    assert answer.status_code == 409
    assert "kurang Rp1." in text_of(answer)


def test_a_price_that_was_not_shown_is_refused_and_asked_again(village: Village, sari: Client) -> None:
    answer = confirm(sari, "INGGRIS-01", price_idr="1")

    assert answer.status_code == 409
    assert "Harganya sekarang Rp240.000." in text_of(answer)
    assert field_of(answer, "price_idr") == "240000"
    assert available_idr(training_account(village.sari.number)) == 300_000


def test_a_price_that_changed_meanwhile_is_shown_and_can_be_confirmed(village: Village, sari: Client) -> None:
    page = sari.get("/catalogue/INGGRIS-01/buy/")
    change_price(training_id=village.trainings["INGGRIS-01"].pk, price_idr=260_000, actor=None)
    form = {"request_key": field_of(page, "request_key"), "price_idr": field_of(page, "price_idr")}

    refused = sari.post("/catalogue/INGGRIS-01/buy/", form)
    again = {"request_key": field_of(refused, "request_key"), "price_idr": field_of(refused, "price_idr")}
    bought = sari.post("/catalogue/INGGRIS-01/buy/", again)

    assert refused.status_code == 409
    assert "Harga −Rp260.000" in text_of(refused)
    assert bought.status_code == 303
    assert available_idr(training_account(village.sari.number)) == 40_000


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"request_key": "not-a-key", "price_idr": "240000"},
        {"request_key": "", "price_idr": "240000"},
        {"request_key": str(uuid4())},
        {"request_key": str(uuid4()), "price_idr": "-1"},
        {"request_key": str(uuid4()), "price_idr": "240.000,5"},
        {"request_key": str(uuid4()), "price_idr": "9" * 30},
        {"request_key": str(uuid4()), "price_idr": "\x00"},
        {"request_key": "\x00", "price_idr": "240000"},
    ],
)
def test_an_incomplete_confirmation_buys_nothing_and_asks_again(village: Village, sari: Client, form: dict[str, str]) -> None:
    answer = sari.post("/catalogue/INGGRIS-01/buy/", form)

    assert answer.status_code == 422
    assert "Konfirmasi ini tidak lengkap." in text_of(answer)
    assert UUID(field_of(answer, "request_key")).version == 4
    assert field_of(answer, "price_idr") == "240000"
    assert available_idr(training_account(village.sari.number)) == 300_000


def test_what_is_owned_is_not_bought_again(village: Village, sari: Client) -> None:
    page = sari.get("/catalogue/JAHIT-01/buy/")
    answer = sari.post("/catalogue/JAHIT-01/buy/", {"request_key": str(uuid4()), "price_idr": "250000"})

    owned = reverse("receipt", args=[village.sari.purchases.get(training__code="JAHIT-01").public_id])
    assert [page.status_code, answer.status_code] == [200, 409]
    for shown in (page, answer):
        assert "Anda sudah punya pelatihan ini." in text_of(shown)
        assert owned in body_of(shown)


def test_a_key_used_for_another_training_is_replaced(village: Village, sari: Client) -> None:
    key = str(uuid4())
    sari.post("/catalogue/KUE-01/buy/", {"request_key": key, "price_idr": "50000"})

    answer = sari.post("/catalogue/KOPI-01/buy/", {"request_key": key, "price_idr": "75000"})

    assert answer.status_code == 422
    assert field_of(answer, "request_key") != key
    assert confirm(sari, "KOPI-01").status_code == 303


def test_a_closed_training_and_a_full_one_are_refused(village: Village, sari: Client) -> None:
    close_training(training_id=village.trainings["KUE-01"].pk, actor=None)
    full = make_training(10_000, seats=0)

    for code, price_idr, words in (("KUE-01", 50_000, "sudah ditutup"), (full.code, 10_000, "tidak ada kursi tersisa")):
        form = {"request_key": str(uuid4()), "price_idr": str(price_idr)}
        answer = sari.post(reverse("buy", args=[code]), form)
        assert answer.status_code == 409
        assert words in text_of(answer)
        assert words in text_of(sari.get(reverse("buy", args=[code])))


def test_an_unknown_training_is_not_found(sari: Client) -> None:
    assert sari.get("/catalogue/NONE-99/buy/").status_code == 404
    assert sari.post("/catalogue/NONE-99/buy/", {"request_key": str(uuid4()), "price_idr": "1"}).status_code == 404


def test_after_the_last_day_nothing_is_sold(village: Village, visit: Visit, sari: Client) -> None:
    with on(day_after(SPEND_BY), hour=0):
        page = sari.get("/catalogue/KUE-01/buy/")
        answer = sari.post("/catalogue/KUE-01/buy/", {"request_key": str(uuid4()), "price_idr": "50000"})

    assert answer.status_code == 409
    for shown in (page, answer):
        assert "Hari terakhir memakai saldo pelatihan adalah" in text_of(shown)
        assert 'href="/"' in body_of(shown)


def test_a_participant_without_an_enrolment_is_refused(village: Village, visit: Visit) -> None:
    page = visit(make_user(Role.PARTICIPANT)).get("/catalogue/KUE-01/buy/")

    assert page.status_code == 409
    assert "Anda tidak punya saldo pelatihan yang bisa dipakai." in text_of(page)


def test_a_form_without_its_csrf_token_is_refused(village: Village) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(login_of(village.sari))

    answer = browser.post("/catalogue/KUE-01/buy/", {"request_key": str(uuid4()), "price_idr": "50000"})

    assert answer.status_code == 403
    assert "Tolong kirim lagi" in text_of(answer)
    assert available_idr(training_account(village.sari.number)) == 300_000


# The password at the purchase


@pytest.fixture
def late_sari(sari: Client) -> Client:
    """Sari, whose password was typed longer ago than counts."""
    session = sari.session
    session["account_authentication_methods"] = [
        record | {"at": record["at"] - 301} for record in session["account_authentication_methods"]
    ]
    session.save()
    return sari


def test_a_login_of_five_minutes_ago_asks_for_the_password(village: Village, late_sari: Client) -> None:
    assert 'name="password"' in body_of(late_sari.get("/catalogue/KUE-01/buy/"))

    answer = confirm(late_sari, "KUE-01")

    assert answer.status_code == 403
    assert "Isi kata sandi Anda." in text_of(answer)
    assert available_idr(training_account(village.sari.number)) == 300_000


def test_a_wrong_password_buys_nothing_and_loses_nothing(village: Village, late_sari: Client) -> None:
    page = late_sari.get("/catalogue/KUE-01/buy/")
    form = {"request_key": field_of(page, "request_key"), "price_idr": "50000", "password": "rahasia-keliru"}

    answer = late_sari.post("/catalogue/KUE-01/buy/", form)

    assert answer.status_code == 403
    assert "Kata sandi ini salah." in text_of(answer)
    assert field_of(answer, "request_key") == form["request_key"]
    assert 'aria-invalid="true"' in body_of(answer)
    assert "rahasia-keliru" not in body_of(answer)
    assert available_idr(training_account(village.sari.number)) == 300_000


def test_the_right_password_buys_and_counts_for_the_next_purchase(village: Village, late_sari: Client) -> None:
    assert confirm(late_sari, "KUE-01", password=PASSWORD).status_code == 303
    assert 'name="password"' not in body_of(late_sari.get("/catalogue/KOPI-01/buy/"))
    assert confirm(late_sari, "KOPI-01").status_code == 303


def test_somebody_elses_password_is_wrong(village: Village, late_sari: Client) -> None:
    other = login_of(village.dewi)
    other.set_password("kata-sandi-lain")
    other.save()

    assert confirm(late_sari, "KUE-01", password="kata-sandi-lain").status_code == 403


def test_tries_are_limited_and_then_even_the_right_password_waits(village: Village, late_sari: Client) -> None:
    statuses = [confirm(late_sari, "KUE-01", password=f"salah-{number}").status_code for number in range(20)]
    answer = confirm(late_sari, "KUE-01", password=PASSWORD)

    # Ten of the known browser, four of its known network, one and four of any.
    assert statuses == [403] * 19 + [429]
    assert answer.status_code == 429
    assert "Terlalu banyak percobaan yang salah" in text_of(answer)
    assert available_idr(training_account(village.sari.number)) == 300_000


def test_a_session_without_any_record_of_a_password_asks_for_it(village: Village, visit: Visit) -> None:
    assert 'name="password"' in body_of(visit(village.sari).get("/catalogue/KUE-01/buy/"))


# What the page foretells is what the service decides


def test_the_forecast_of_a_refusal_is_the_services_own(village: Village) -> None:
    closed, full = village.trainings["KOPI-01"], make_training(10_000, seats=0)
    close_training(training_id=closed.pk, actor=None)
    closed.refresh_from_db()
    trainings = [*village.trainings.values(), full]
    people = [village.sari, village.dewi, village.budi, *grant_wave(count=2, number=13).enrolments]
    days = [BOUGHT_ON, FIRST_PURCHASE_BY, day_after(FIRST_PURCHASE_BY), SPEND_BY, day_after(SPEND_BY)]

    def compare() -> set[str | None]:
        seen = set()
        for person in people:
            for training in trainings:
                foretold, decided = _foretold(person, training), _decided(person, training)
                assert foretold == decided
                seen.add(decided and decided[0])
        return seen

    seen: set[str | None] = set()
    for day in days:
        with on(day):
            seen |= compare()
    with on(day_after(FIRST_PURCHASE_BY)):
        run = propose_revocation(wave=village.granted.wave, proposer=village.granted.operator)
        approve_and_post([run], village.granted.approver)
        seen |= compare()
    with on(day_after(SPEND_BY) + timedelta(days=1)):
        approve_and_post(propose_wave_end(wave=village.granted.wave, proposer=village.granted.operator), village.granted.approver)
        seen |= compare()

    assert seen == {
        None,
        "already_bought",
        "training_closed",
        "no_seat_left",
        "insufficient_balance",
        "first_purchase_too_late",
        "spending_ended",
        "participation_revoked",
    }


def _foretold(person: Enrolment, training: Training) -> tuple[str, dict[str, object]] | None:
    person = Enrolment.objects.select_related("wave").get(pk=person.pk)
    found = refusal_to_buy(enrolment=person, training=training, wallet=wallet(person), owned=owned_training_ids(person))
    return (found.code, found.details) if found else None


def _decided(person: Enrolment, training: Training) -> tuple[str, dict[str, object]] | None:
    """What buying would say; nothing is bought."""
    person = Enrolment.objects.select_related("wave").get(pk=person.pk)
    try:
        with transaction.atomic():
            buy_training(enrolment=person, training=training, price_idr=training.price_idr, request_key=uuid4())
            transaction.set_rollback(True)
    except Refused as error:
        return (error.code, error.details)
    return None


def test_a_receipt_of_a_bad_id_is_not_found(sari: Client) -> None:
    assert sari.get("/purchases/not-a-uuid/").status_code == 404
    answer = sari.get(f"/purchases/{uuid4()}/")
    assert answer.status_code == 404
    assert "Tidak ada pembelian" in text_of(answer)


def test_a_refunded_purchase_shows_no_code(village: Village, sari: Client) -> None:
    purchase = village.sari.purchases.get(training__code="JAHIT-01")
    purchase.status = PurchaseStatus.REFUNDED
    purchase.save(update_fields=["status"])

    receipt, dashboard = sari.get(reverse("receipt", args=[purchase.public_id])), sari.get("/")

    assert "Pembelian ini dikembalikan: Rp250.000 kembali ke saldo Anda." in text_of(receipt)
    assert [purchase.redeem_code in body_of(page) for page in (receipt, dashboard)] == [False, False]
    assert "Rp450.000 sudah dipakai untuk pelatihan" in text_of(dashboard)


def test_buying_elsewhere_meanwhile_is_seen(village: Village, sari: Client) -> None:
    page = sari.get("/catalogue/INGGRIS-01/buy/")
    buy(village.sari, village.trainings["IKLAN-01"])
    form = {"request_key": field_of(page, "request_key"), "price_idr": field_of(page, "price_idr")}

    answer = sari.post("/catalogue/INGGRIS-01/buy/", form)

    assert answer.status_code == 409
    assert "Saldo Anda Rp150.000, sedangkan harganya Rp240.000: kurang Rp90.000." in text_of(answer)
