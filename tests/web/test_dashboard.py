from datetime import date

from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from bekal.access.models import Role, User
from bekal.catalogue.services import close_training
from bekal.ledger.accounts import training_account
from bekal.ledger.queries import available_idr
from bekal.participants.models import Enrolment
from bekal.payouts.services import link_payment_account
from bekal.treasury.services import propose_revocation, propose_wave_end
from tests.builders import (
    ACCEPTED_ON,
    FIRST_PURCHASE_BY,
    SPEND_BY,
    approve_and_post,
    day_after,
    enrol,
    make_user,
    make_wave,
    on,
    register,
)
from tests.participants.applications.people import newcomer
from tests.payouts.people import answer, bank, finish, pay, rate, sent
from tests.web.conftest import Visit
from tests.web.reading import balance_on, body_of, text_of, trainings_on
from tests.web.village import Village, buy, give_login

_EARLY = date(2021, 3, 10)


def test_shows_the_balance_the_time_left_and_what_happens_to_the_rest(village: Village, visit: Visit) -> None:
    page = visit(village.sari).get("/")

    assert page.status_code == 200
    assert balance_on(page) == 300_000 == available_idr(training_account(village.sari.number))
    text = text_of(page)
    assert "Halo, Sari" in text
    assert "Kartu Prakerja 2021, gelombang 12" in text
    assert "Rp700.000 sudah dipakai untuk pelatihan" in text
    assert "24 hari lagi" in text
    assert "Saldo yang tidak dipakai kembali ke kas negara setelah 15 Desember 2021. Saat ini Rp300.000." in text
    assert "Disiapkan untuk Anda, dan tidak hangus walaupun saldo pelatihan tersisa." in text
    assert "4 × Rp600.000 setelah pelatihan pertama selesai dan diberi ulasan" in text
    assert "3 × Rp50.000 untuk mengisi survei" in text


def test_recommends_only_what_the_balance_can_buy_and_is_not_owned(trained: Village, visit: Visit) -> None:
    page = visit(trained.sari).get("/")

    shown = trainings_on(page)
    assert len(shown) == 6
    assert set(shown) <= {code for code, training in trained.trainings.items() if training.price_idr <= 300_000}
    assert set(shown).isdisjoint({"MANDARIN-01", "JAHIT-01"})
    assert shown == {code: trained.trainings[code].price_idr for code in shown}
    assert "Lihat 10 pelatihan yang cukup" in text_of(page)


def test_every_recommended_training_says_why_and_what_would_remain(trained: Village, visit: Visit) -> None:
    body = body_of(visit(trained.sari).get("/"))

    assert body.count('class="course"') >= 6
    assert body.count('class="course-why"') == body.count('class="course"') + body.count('class="together-price"')
    what_remains = body.count("Sisa saldo Rp") + body.count("Pas dengan saldo Anda")
    assert what_remains >= body.count('class="course"')
    assert "Sisa saldo Rp250.000" in body  # KUE-01 costs Rp50.000


def test_needs_a_fixed_number_of_queries(
    trained: Village, visit: Visit, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser = visit(trained.sari)
    browser.get("/")
    with django_assert_num_queries(20):  # two are the savepoint that takes the place of the transaction here
        browser.get("/")


def test_lists_bought_trainings_with_their_redeem_codes(village: Village, visit: Visit) -> None:
    body = body_of(visit(village.sari).get("/"))

    purchases = list(village.sari.purchases.order_by("id"))
    assert [body.count(f"<code>{purchase.redeem_code}</code>") for purchase in purchases] == [1, 1]
    assert [body.count(reverse("receipt", args=[purchase.public_id])) for purchase in purchases] == [1, 1]


def test_before_the_first_purchase_everything_is_at_stake(village: Village, visit: Visit) -> None:
    with on(_EARLY):
        page = visit(village.dewi).get("/")

    assert balance_on(page) == 1_000_000
    text = text_of(page)
    assert "21 hari lagi" in text
    assert (
        "Beli pelatihan pertama paling lambat 30 Maret 2021. Jika tidak, kepesertaan Anda dicabut dan Rp3.550.000 kembali ke kas"
        " negara: saldo Rp1.000.000 dan insentif Rp2.550.000. Setelah itu Anda tidak bisa ikut lagi."
    ) in text
    assert "Anda belum membeli pelatihan." in text
    assert "Aman setelah pembelian pertama" in text


def test_on_the_last_day_it_says_today(village: Village, visit: Visit) -> None:
    with on(FIRST_PURCHASE_BY, hour=23):
        assert "Hari ini hari terakhir" in text_of(visit(village.dewi).get("/"))
    with on(SPEND_BY, hour=23):
        assert "Hari ini hari terakhir" in text_of(visit(village.sari).get("/"))


def test_after_a_missed_first_purchase_nothing_is_offered(village: Village, visit: Visit) -> None:
    with on(day_after(FIRST_PURCHASE_BY), hour=0):
        page = visit(village.dewi).get("/")

    assert "Saldo tidak bisa dipakai lagi. Rp3.550.000 akan kembali ke kas negara." in text_of(page)
    assert "Dibayar untuk apa" not in text_of(page)
    assert trainings_on(page) == {}
    assert "fits=1" not in body_of(page)


def test_with_nothing_left_nothing_returns(village: Village, visit: Visit) -> None:
    page = visit(village.budi).get("/")

    assert balance_on(page) == 0
    assert "Saldo pelatihan Anda sudah terpakai semua. Tidak ada yang kembali ke kas negara." in text_of(page)
    assert trainings_on(page) == {}


def test_after_the_last_day_to_spend_the_rest_is_said_to_return(village: Village, visit: Visit) -> None:
    with on(day_after(SPEND_BY), hour=0):
        text = text_of(visit(village.sari).get("/"))

    assert "Hari terakhir memakai saldo adalah 15 Desember 2021. Rp300.000 akan kembali ke kas negara." in text
    assert "Pelatihan dan insentif tetap milik Anda." in text


def test_after_the_end_of_the_wave_it_says_what_returned(village: Village, visit: Visit) -> None:
    with on(day_after(SPEND_BY)):
        runs = propose_wave_end(wave=village.granted.wave, proposer=village.granted.operator)
        approve_and_post(runs, village.granted.approver)
        sari, budi = visit(village.sari).get("/"), visit(village.budi).get("/")

    assert [balance_on(sari), balance_on(budi)] == [0, 0]
    assert "Rp300.000 sudah kembali ke kas negara." in text_of(sari)
    assert "Tidak ada yang kembali ke kas negara." in text_of(budi)
    assert "Insentif Rp2.550.000" in text_of(sari)


def test_after_a_revocation_it_says_why_and_how_much(village: Village, visit: Visit) -> None:
    with on(day_after(FIRST_PURCHASE_BY)):
        run = propose_revocation(wave=village.granted.wave, proposer=village.granted.operator)
        approve_and_post([run], village.granted.approver)
        page = visit(village.dewi).get("/")

    assert balance_on(page) == 0
    assert (
        "Kepesertaan Anda dicabut. Sampai 30 Maret 2021 tidak ada pelatihan yang dibeli. Rp3.550.000 sudah kembali ke kas negara:"
        " saldo pelatihan dan insentif Anda."
    ) in text_of(page)
    assert "Anda tidak membeli pelatihan." in text_of(page)


def test_an_incentive_that_came_back_says_when_why_and_what_follows(village: Village, visit: Visit) -> None:
    bank(village.sari)
    rate(finish(village.sari, price_idr=1))
    run = pay(village.granted)
    answer(village.granted, run, paid=sent(run))
    assert "Yang dikembalikan" not in text_of(visit(village.sari).get("/"))
    with on(date(2022, 2, 3)):
        answer(village.granted, run, bounced=sent(run))
        page = visit(village.sari).get("/")
        link_payment_account(enrolment=village.sari, channel="ovo", number="0812000000")
        later = visit(village.sari).get("/")
        bank(village.sari, channel="ovo", number="0812000001")
        confirmed = visit(village.sari).get("/")
    came_back = "Yang dikembalikan Rp600.000 dikembalikan pada 3 Februari 2022 karena rekening sudah ditutup."
    assert f"{came_back} Uang ini bisa dibayarkan lagi setelah rekening lain milik Anda terkonfirmasi." in text_of(page)
    assert f"{came_back} Uang ini akan dibayarkan lagi." in text_of(confirmed)
    assert f"{came_back} Uang ini dibayarkan lagi segera setelah rekening Anda terkonfirmasi." in text_of(later)


def test_an_incentive_says_what_it_still_waits_for(village: Village, visit: Visit) -> None:
    waits = "Rp600.000 menunggu hal berikut, paling lambat 31 Desember 2021:"
    rating, account = "Anda sudah memberi nilai untuk pelatihan pertama.", "Rekening bank atau dompet digital Anda terkonfirmasi."
    all_missing = f"Dibayar untuk apa {waits} Pelatihan pertama Anda selesai. {rating} {account}"
    assert all_missing in text_of(visit(village.sari).get("/"))
    bank(village.sari)
    purchase = finish(village.sari, price_idr=1)
    assert f"{waits} {rating} Dibayar untuk apa" in text_of(visit(village.sari).get("/"))
    rate(purchase)
    assert waits not in text_of(visit(village.sari).get("/"))


def test_accepted_without_a_grant_waits(village: Village, visit: Visit) -> None:
    with on(ACCEPTED_ON):
        (enrolment,) = enrol(make_wave(number=13), register(1))
    give_login(enrolment, name="Tuti")

    page = visit(enrolment).get("/")

    assert balance_on(page) == 0
    assert "Anda diterima. Saldo akan tampil di sini setelah kantor program menyalurkannya." in text_of(page)


def test_a_participant_without_an_enrolment_is_told_so(village: Village, visit: Visit) -> None:
    page = visit(newcomer().user).get("/")

    assert page.status_code == 200
    assert "Anda belum ikut gelombang" in text_of(page)
    assert village.granted.wave.registration_opens_at is None


def test_a_free_training_is_not_a_first_purchase(village: Village, visit: Visit) -> None:
    with on(_EARLY):
        buy(village.dewi, village.trainings["GRATIS-01"])
        text = text_of(visit(village.dewi).get("/"))

    assert "Beli pelatihan pertama paling lambat 30 Maret 2021." in text
    assert "Mengenal keselamatan kerja" in text


def test_a_balance_below_the_cheapest_training_is_said_plainly(village: Village, visit: Visit) -> None:
    with on(_EARLY):
        for code in ("DATA-01", "JAHIT-01"):
            buy(village.dewi, village.trainings[code])
        for code in ("GRATIS-01", "KUE-01"):
            close_training(training_id=village.trainings[code].pk, actor=None)
        page = visit(village.dewi).get("/")

    assert balance_on(page) == 50_000
    assert "Saat ini tidak ada pelatihan seharga Rp50.000 atau kurang." in text_of(page)


def test_every_role_lands_where_it_belongs(village: Village, visit: Visit) -> None:
    found = {role: visit(make_user(role)).get("/") for role in Role if role != Role.PARTICIPANT}

    assert {role: page.headers["Location"] for role, page in found.items()} == {
        Role.PROVIDER: "/catalogue/",
        Role.OPERATOR: "/operator/",
        Role.APPROVER: "/operator/",
        Role.AUDITOR: "/operator/",
    }


def test_the_balance_page_lists_every_movement_in_plain_words(village: Village, visit: Visit) -> None:
    page = visit(village.sari).get("/balance/")

    assert balance_on(page) == 300_000
    rows = text_of(page).partition("Saldo sesudahnya ")[2]
    assert rows == (
        "8 Mar 2021 Beli: Menjahit pola dasar −Rp250.000 Rp300.000 "
        "8 Mar 2021 Beli: Bahasa Mandarin dasar −Rp450.000 Rp550.000 "
        "1 Mar 2021 Saldo pelatihan masuk +Rp1.000.000 Rp1.000.000"
    )


def test_the_balance_page_shows_what_went_back(village: Village, visit: Visit) -> None:
    with on(day_after(SPEND_BY)):
        runs = propose_wave_end(wave=village.granted.wave, proposer=village.granted.operator)
        approve_and_post(runs, village.granted.approver)
        page = visit(village.sari).get("/balance/")

    assert "16 Des 2021 Kembali ke kas negara −Rp300.000 Rp0" in text_of(page)


def test_the_balance_page_needs_a_fixed_number_of_queries(
    village: Village, visit: Visit, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser = visit(village.sari)
    with django_assert_num_queries(9):
        browser.get("/balance/")


def test_pages_of_a_participant_are_closed_to_others(village: Village, visit: Visit) -> None:
    purchase = village.sari.purchases.latest("id")
    own = ["/balance/", "/catalogue/KUE-01/buy/", reverse("receipt", args=[purchase.public_id])]
    stranger: list[User | Enrolment] = [make_user(Role.OPERATOR), make_user(Role.PROVIDER)]

    assert [visit(who).get(address).status_code for who in stranger for address in own] == [403] * 6
    assert [visit(None).get(address).headers["Location"] for address in own] == [
        f"/accounts/login/?next={address}" for address in own
    ]
    assert visit(village.dewi).get(own[-1]).status_code == 404
