"""What pages say of money and days comes from the person's own transfers and dates, not from the wave's calendar alone."""

from datetime import date
from uuid import uuid4

from django.urls import reverse

from bekal.participants.models import Enrolment, EnrolmentStatus
from bekal.purchases.bundles import buy_bundle
from bekal.purchases.models import Purchase
from bekal.purchases.refunds import cancel_training, give_back
from bekal.treasury.services import propose_revocation, propose_wave_end
from tests.builders import FIRST_PURCHASE_BY, SPEND_BY, approve_and_post, day_after, enrol, make_wave, on
from tests.web.conftest import Visit
from tests.web.reading import balance_on, text_of
from tests.web.village import Village, buy

_EARLY, _LATER = date(2021, 3, 10), date(2021, 6, 1)
_TOTAL = "Rp3.550.000 kembali ke kas negara: saldo dan insentif Anda."


def receipt_of(purchase: Purchase) -> str:
    return reverse("receipt", args=[purchase.public_id])


def refund(village: Village, purchase: Purchase) -> None:
    runs = cancel_training(training=purchase.training, proposer=village.granted.operator)
    approve_and_post(runs, village.granted.approver)


def end(village: Village) -> None:
    runs = propose_wave_end(wave=village.granted.wave, proposer=village.granted.operator)
    approve_and_post(runs, village.granted.approver)


def jahit(village: Village) -> Purchase:
    return village.sari.purchases.get(training__code="JAHIT-01")


class TestFreeTraining:
    def test_its_confirmation_says_by_when_a_paid_one_must_be_bought(self, village: Village, visit: Visit) -> None:
        with on(_EARLY):
            text = text_of(visit(village.dewi).get("/catalogue/GRATIS-01/buy/"))
        assert (
            "Pelatihan ini gratis, jadi tidak mengamankan kepesertaan Anda. Beli pelatihan berbayar paling lambat 30 Maret 2021;"
            f" jika tidak, kepesertaan Anda dicabut dan {_TOTAL}"
        ) in text
        assert "15 Desember 2021" not in text

    def test_its_receipt_says_so_until_a_paid_one_is_bought(self, village: Village, visit: Visit) -> None:
        says = (
            "Hanya pelatihan berbayar yang mengamankan kepesertaan Anda, dan Anda belum memilikinya. Beli satu paling lambat"
            f" 30 Maret 2021; jika tidak, kepesertaan Anda dicabut dan {_TOTAL}"
        )
        with on(_EARLY):
            address = receipt_of(buy(village.dewi, village.trainings["GRATIS-01"]))
            before = text_of(visit(village.dewi).get(address))
            buy(village.dewi, village.trainings["KUE-01"])
            after = text_of(visit(village.dewi).get(address))
        assert (says in before, "mengamankan" in after) == (True, False)

    def test_its_receipt_does_not_promise_days_that_are_over(self, village: Village, visit: Visit) -> None:
        with on(_EARLY):
            address = receipt_of(buy(village.dewi, village.trainings["GRATIS-01"]))
        with on(day_after(FIRST_PURCHASE_BY)):
            text = text_of(visit(village.dewi).get(address))
        assert f"dan sampai 30 Maret 2021 Anda tidak memilikinya. {_TOTAL}" in text
        assert "Beli satu" not in text

    def test_with_a_paid_one_promises_the_days_of_spending(self, village: Village, visit: Visit) -> None:
        with on(_EARLY):
            text = text_of(visit(village.dewi).get("/bundles/buy/?training=GRATIS-01&training=KUE-01"))
        assert "Saldo tersisa Rp950.000. Bisa dipakai sampai 15 Desember 2021" in text
        assert "gratis, jadi" not in text

    def test_taken_with_an_empty_balance_uses_nothing_of_it(self, village: Village, visit: Visit) -> None:
        text = text_of(visit(village.budi).get("/catalogue/GRATIS-01/buy/"))
        assert "Saldo Anda tidak terpakai." in text
        assert "seluruh saldo" not in text


class TestRefund:
    _BACK = "Pembelian ini dikembalikan: Rp250.000 kembali ke saldo Anda."

    def test_of_an_open_balance_is_back_in_it(self, village: Village, visit: Visit) -> None:
        refund(village, jahit(village))
        page = visit(village.sari).get(receipt_of(jahit(village)))
        text = text_of(page)
        assert (balance_on(page), self._BACK in text) == (550_000, True)
        assert "kas negara" not in text

    def test_after_the_end_went_to_the_treasury(self, village: Village, visit: Visit) -> None:
        with on(day_after(SPEND_BY)):
            end(village)
        with on(date(2021, 12, 20)):
            refund(village, jahit(village))
            page = visit(village.sari).get(receipt_of(jahit(village)))
        text = text_of(page)
        assert (
            "Pembelian ini dikembalikan pada 20 Desember 2021. Saat itu saldo Anda sudah ditutup, jadi Rp250.000 kembali ke kas"
            " negara."
        ) in text
        assert (self._BACK in text, balance_on(page)) == (False, 0)

    def test_before_the_end_went_back_with_the_rest(self, village: Village, visit: Visit) -> None:
        refund(village, jahit(village))
        with on(day_after(SPEND_BY)):
            end(village)
            text = text_of(visit(village.sari).get(receipt_of(jahit(village))))
        assert f"{self._BACK} Sisa saldo kembali ke kas negara pada 16 Desember 2021." in text

    def test_between_the_last_day_and_the_end_cannot_be_spent(self, village: Village, visit: Visit) -> None:
        with on(day_after(SPEND_BY)):
            refund(village, jahit(village))
            text = text_of(visit(village.sari).get(receipt_of(jahit(village))))
        assert (
            f"{self._BACK} Uang itu tidak dapat dipakai lagi karena hari terakhirnya 15 Desember 2021: uang itu kembali ke kas"
            " negara."
        ) in text

    def test_in_a_bundle_is_told_for_each(self, village: Village, visit: Visit) -> None:
        items = [(village.trainings[code], village.trainings[code].price_idr) for code in ("KUE-01", "KOPI-01")]
        key = uuid4()
        buy_bundle(enrolment=village.sari, items=items, request_key=key)
        with on(day_after(SPEND_BY)):
            end(village)
            for code in ("KUE-01", "KOPI-01"):
                refund(village, village.sari.purchases.get(training__code=code))
            text = text_of(visit(village.sari).get(reverse("bundle_receipt", args=[key])))
        assert text.count("Pembelian ini dikembalikan pada 16 Desember 2021. Saat itu saldo Anda sudah ditutup") == 2

    def test_of_the_only_training_gives_days_of_ones_own(self, village: Village, visit: Visit) -> None:
        with on(_EARLY):
            purchase = buy(village.dewi, village.trainings["KUE-01"])
        with on(_LATER):
            refund(village, purchase)
            browser = visit(village.dewi)
            receipt, home = text_of(browser.get(receipt_of(purchase))), text_of(browser.get("/"))
            confirmation = text_of(browser.get("/catalogue/KOPI-01/buy/"))
        assert f"Beli satu paling lambat 30 Juni 2021; jika tidak, kepesertaan Anda dicabut dan {_TOTAL}" in receipt
        assert "Pelatihan Anda dikembalikan. Beli pelatihan lain paling lambat 30 Juni 2021." in home
        assert "30 hari lagi" in home
        assert "Dengan ini, kepesertaan dan insentif Anda sebesar Rp2.550.000 aman kembali." in confirmation

    def test_at_ones_own_wish_says_that_nothing_protects_any_more(self, village: Village, visit: Visit) -> None:
        with on(_EARLY):
            purchase = buy(village.dewi, village.trainings["KUE-01"])
        with on(_LATER):
            approve_and_post([give_back(purchase=purchase, proposer=village.granted.operator)], village.granted.approver)
            missed = text_of(visit(village.dewi).get("/"))
            runs = [propose_revocation(wave=village.granted.wave, proposer=village.granted.operator)]
            approve_and_post(runs, village.granted.approver)
            revoked = text_of(visit(village.dewi).get("/"))
        says = "Pelatihan Anda dikembalikan, dan sampai 30 Maret 2021 tidak ada pelatihan lain yang dibeli."
        assert (says in missed, says in revoked) == (True, True)

    def test_at_ones_own_wish_after_the_end_is_told_as_what_it_is(self, village: Village, visit: Visit) -> None:
        with on(_EARLY):
            purchase = buy(village.dewi, village.trainings["KUE-01"])
        with on(day_after(SPEND_BY)):
            end(village)
            approve_and_post([give_back(purchase=purchase, proposer=village.granted.operator)], village.granted.approver)
        with on(date(2022, 2, 1)):
            browser = visit(village.dewi)
            home, told = text_of(browser.get("/")), text_of(browser.get("/messages/"))
        assert "Hari terakhir memakai saldo adalah 15 Desember 2021." in home
        assert "30 Maret 2021" not in home
        assert home.count("Rp600.000 tidak dibayarkan lagi") == 2
        assert (
            "Atas keinginan Anda sendiri, “Kue basah untuk jualan pagi” dikembalikan. Saldo pelatihan Anda sudah ditutup, jadi"
            " Rp50.000 kembali ke kas negara."
        ) in told
        assert "dibatalkan" not in told


def test_a_receipt_shows_the_balance_of_its_own_enrolment(village: Village, visit: Visit) -> None:
    Enrolment.objects.filter(pk=village.sari.pk).update(status=EnrolmentStatus.ENDED)
    with on(date(2021, 5, 1)):
        enrol(make_wave(number=14, accepted_on=date(2021, 5, 1)), [village.sari.participant_id])
    assert balance_on(visit(village.sari).get("/")) == 0
    assert balance_on(visit(village.sari).get(receipt_of(jahit(village)))) == 300_000


def test_an_incentive_whose_last_day_has_passed_is_not_promised(village: Village, visit: Visit) -> None:
    with on(date(2022, 2, 1)):
        text = text_of(visit(village.sari).get("/"))
    assert text.count("Rp600.000 tidak dibayarkan lagi: syaratnya tidak terpenuhi sampai") == 2
    assert "sampai 31 Januari 2022." in text
