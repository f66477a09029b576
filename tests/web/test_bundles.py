"""The shelves of the dashboard, and the purchase of a set: its confirmation, its refusals, its receipt."""

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from bekal.access.models import Role
from bekal.catalogue.models import Training
from bekal.catalogue.services import change_price, close_training
from bekal.ledger.accounts import training_account
from bekal.ledger.queries import available_idr
from bekal.purchases.models import Purchase
from bekal.purchases.refunds import cancel_training
from bekal.recommender.dashboard.arms import assign_by_hand
from bekal.recommender.models import Arm, Assignment, Impression, Shelf
from tests.builders import SPEND_BY, approve_and_post, day_after, make_user, on
from tests.web.conftest import Visit
from tests.web.reading import balance_on, body_of, field_of, text_of, trainings_on
from tests.web.village import BOUGHT_ON, PASSWORD, Village, address_with_password, buy, login_of

_PAIR = ("KUE-01", "INGGRIS-01")
_ADDRESS = "/bundles/buy/?training=KUE-01&training=INGGRIS-01"


@pytest.fixture
def sari(village: Village) -> Client:
    """Sari, who typed her password a moment ago."""
    browser = Client()
    assert (
        browser.post("/accounts/login/", {"login": address_with_password(village.sari), "password": PASSWORD}).status_code == 302
    )
    return browser


def form_on(page: Any) -> dict[str, Any]:
    """The form of a confirmation as it is."""
    fields = re.findall(r'<input type="hidden" name="(training|price_idr)" value="([^"]*)">', body_of(page))
    lists = {name: [value for found, value in fields if found == name] for name in ("training", "price_idr")}
    return {"request_key": field_of(page, "request_key"), **lists}


def balance(village: Village) -> int:
    return available_idr(training_account(village.sari.number))


# The shelves


def test_the_bundle_arm_sees_the_best_use_of_its_balance(trained: Village, visit: Visit) -> None:
    page = visit(trained.sari).get("/")

    shelf = text_of(page).partition("Paling pas untuk sisa saldo Anda")[2]
    (address,) = re.findall(r'href="(/bundles/buy/\?[^"]*)"', body_of(page))
    codes = [value for _, value in parse_qsl(urlsplit(address.replace("&amp;", "&")).query)]
    chosen = [trained.trainings[code] for code in codes]
    total_idr = sum(training.price_idr for training in chosen)
    assert 2 <= len(chosen) <= 4
    assert len({training.field for training in chosen}) == len(chosen)
    assert total_idr <= 300_000
    assert all(training.title in shelf for training in chosen)
    assert f"Beli {len(chosen)} pelatihan seharga Rp{total_idr:,}".replace(",", ".") in shelf


def test_each_arm_sees_its_shelves(trained: Village, visit: Visit) -> None:
    shelves = {}
    for arm in Arm:
        assign_by_hand(enrolment=trained.sari, arm=arm)
        found = re.findall(r'aria-labelledby="shelf-(\w+)" data-impression', body_of(visit(trained.sari).get("/")))
        shelves[arm] = set(found) - {Shelf.AFTER}

    assert shelves == {
        Arm.POPULARITY: {Shelf.FITS},
        Arm.PERSONAL: {Shelf.FITS},
        Arm.BUNDLE: {Shelf.FITS, Shelf.BUNDLE},
    }


def test_opening_the_dashboard_is_recorded_with_what_was_shown(trained: Village, visit: Visit) -> None:
    Assignment.objects.all().delete()
    browser = visit(trained.sari)
    shown = [trainings_on(browser.get("/")) for _ in range(2)]

    opened = Assignment.objects.get()
    assert (opened.enrolment, opened.is_drawn, opened.opened_balance_idr) == (trained.sari, True, 300_000)
    assert shown[0] == shown[1]
    fits = Impression.objects.get(shelf=Shelf.FITS)
    assert fits.slate == [trained.trainings[code].pk for code in list(shown[0])[: len(fits.slate)]]
    assert (fits.arm, fits.rendered_at) == (opened.arm, None)


def test_a_dashboard_without_anything_to_spend_records_nothing(trained: Village, visit: Visit) -> None:
    Assignment.objects.all().delete()
    visit(trained.budi).get("/")
    with on(day_after(SPEND_BY)):
        visit(trained.sari).get("/")

    assert (Assignment.objects.count(), Impression.objects.count()) == (0, 0)


def test_the_page_reports_what_came_into_view(trained: Village, visit: Visit) -> None:
    browser = visit(trained.sari)
    keys = re.findall(r'data-impression="([^"]*)" data-report="/shelves/rendered/"', body_of(browser.get("/")))
    assert {UUID(key) for key in keys} == set(Impression.objects.values_list("key", flat=True))

    stranger = visit(trained.dewi).post("/shelves/rendered/", {"key": keys})
    assert (stranger.status_code, Impression.objects.filter(rendered_at__isnull=False).count()) == (204, 0)
    answer = browser.post("/shelves/rendered/", {"key": [keys[0], "nonsense", str(uuid4()), "\x00"]})
    assert (answer.status_code, answer.content) == (204, b"")
    assert [str(key) for key in Impression.objects.filter(rendered_at__isnull=False).values_list("key", flat=True)] == keys[:1]


def test_a_report_is_posted_by_a_participant_with_the_token(trained: Village, visit: Visit) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(login_of(trained.sari))

    assert strict.post("/shelves/rendered/", {"key": [str(uuid4())]}).status_code == 403
    assert visit(trained.sari).get("/shelves/rendered/").status_code == 405
    assert visit(None).post("/shelves/rendered/").status_code == 302
    assert visit(make_user(Role.OPERATOR)).post("/shelves/rendered/").status_code == 403


# The confirmation


def test_the_confirmation_says_what_will_happen(village: Village, sari: Client) -> None:
    page = sari.get(_ADDRESS)

    assert page.status_code == 200
    text = text_of(page)
    assert "Saldo sekarang Rp300.000 Total −Rp290.000 Saldo setelah membeli Rp10.000" in text
    assert "Saldo tersisa Rp10.000." in text
    assert "Jika salah satu sudah tidak tersedia, tidak ada yang dibeli." in text
    assert trainings_on(page) == {"KUE-01": 50_000, "INGGRIS-01": 240_000}
    assert "Rp50.000 Saldo setelahnya: Rp250.000 Beli yang ini saja: Kue basah untuk jualan pagi" in text
    assert "Rp240.000 Saldo setelahnya: Rp10.000 Beli yang ini saja: Bahasa Inggris untuk melayani tamu" in text
    assert re.findall(r'href="(/catalogue/[^"/]+/buy/)"', body_of(page)) == [f"/catalogue/{code}/buy/" for code in _PAIR]
    assert 'name="password"' not in body_of(page)
    assert UUID(field_of(page, "request_key")).version == 4


def test_the_confirmation_needs_a_fixed_number_of_queries(
    village: Village, sari: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(9):
        sari.get(_ADDRESS)


def test_buying_leads_to_one_receipt_with_every_code(village: Village, sari: Client) -> None:
    answer = sari.post("/bundles/buy/", form_on(sari.get(_ADDRESS)))

    assert answer.status_code == 303
    receipt = sari.get(answer.headers["Location"])
    bought = Purchase.objects.filter(enrolment=village.sari, training__code__in=_PAIR)
    assert bought.count() == 2
    for purchase in bought:
        assert f">{purchase.redeem_code}</code>" in body_of(receipt)
        assert purchase.training.title in text_of(receipt)
    assert "Total Rp290.000 Saldo sekarang Rp10.000" in text_of(receipt)
    assert balance_on(receipt) == balance(village) == 10_000
    assert set(trainings_on(sari.get("/"))) == {"GRATIS-01"}


def test_a_receipt_of_which_nothing_is_left_says_so_and_not_how_to_start(village: Village, sari: Client) -> None:
    address = sari.post("/bundles/buy/", form_on(sari.get(_ADDRESS))).headers["Location"]
    yours, start, refunded = "Semua pelatihan ini milik Anda", "Cara memulai", "Pelatihan yang uangnya dikembalikan"
    for code, is_left in zip(_PAIR, (True, False), strict=True):
        runs = cancel_training(training=village.trainings[code], proposer=village.granted.operator)
        approve_and_post(runs, village.granted.approver)
        page = sari.get(address)
        title = body_of(page).partition("<title>")[2].partition("</title>")[0]
        assert (yours in title, refunded in title) == (is_left, not is_left)
        assert [words in text_of(page) for words in (yours, start, refunded)] == [is_left, is_left, not is_left]


def test_the_same_confirmation_sent_twice_buys_once(village: Village, sari: Client) -> None:
    form = form_on(sari.get(_ADDRESS))

    first, second = (sari.post("/bundles/buy/", form) for _ in range(2))

    assert [first.status_code, second.status_code] == [303, 303]
    assert first.headers["Location"] == second.headers["Location"]
    assert balance(village) == 10_000


def test_a_course_that_is_gone_is_named_and_the_others_can_go_on(village: Village, sari: Client) -> None:
    address = "/bundles/buy/?training=KUE-01&training=KOPI-01&training=FOTO-01"
    form = form_on(sari.get(address))
    close_training(training_id=village.trainings["KOPI-01"].pk, actor=None)

    answer, page = sari.post("/bundles/buy/", form), sari.get(address)

    assert [answer.status_code, page.status_code] == [409, 200]
    for shown in (answer, page):
        text = text_of(shown)
        assert "Pelatihan ini belum bisa dibeli sekaligus" in text
        assert "Seduh kopi manual" in text
        assert "sudah ditutup" in text
        assert 'href="/bundles/buy/?training=KUE-01&amp;training=FOTO-01"' in body_of(shown)
        assert "<form" not in body_of(shown).partition("<main")[2]
    assert "Belum ada yang dibeli" in text_of(answer)
    assert balance(village) == 300_000


def test_a_seat_gone_meanwhile_refuses_all_and_leaves_the_other_to_be_bought_alone(village: Village, sari: Client) -> None:
    form = form_on(sari.get(_ADDRESS))
    Training.objects.filter(code="INGGRIS-01").update(seats=1, seats_left=0)

    answer = sari.post("/bundles/buy/", form)

    assert answer.status_code == 409
    assert "tidak ada kursi tersisa" in text_of(answer)
    assert "Saldo setelahnya" not in text_of(answer)
    assert set(re.findall(r'href="(/catalogue/[^"/]+/buy/)"', body_of(answer))) == {"/catalogue/KUE-01/buy/"}
    assert (balance(village), Purchase.objects.filter(training__code__in=_PAIR, enrolment=village.sari).count()) == (300_000, 0)


def test_what_leaves_too_little_for_the_set_meanwhile_refuses_all_of_it(village: Village, sari: Client) -> None:
    form = form_on(sari.get(_ADDRESS))
    buy(village.sari, village.trainings["KOPI-01"])

    answer = sari.post("/bundles/buy/", form)

    assert answer.status_code == 409
    assert "Saldo Anda Rp225.000, sedangkan harganya Rp290.000: kurang Rp65.000." in text_of(answer)
    # The cheaper one can still be bought alone, the dearer one cannot.
    assert re.findall(r'href="(/catalogue/[^"/]+/buy/)"', body_of(answer)) == ["/catalogue/KUE-01/buy/"]
    assert (balance(village), Purchase.objects.filter(training__code__in=_PAIR, enrolment=village.sari).count()) == (225_000, 0)


def test_after_the_last_day_no_part_of_a_set_can_be_bought(village: Village, sari: Client) -> None:
    with on(day_after(SPEND_BY)):
        page = sari.get(_ADDRESS)

    assert page.status_code == 200
    assert "/buy/" not in body_of(page).partition("<main")[2]
    assert "Saldo setelahnya" not in text_of(page)


def test_with_one_left_the_way_leads_to_it_alone(village: Village, sari: Client) -> None:
    Training.objects.filter(code="KUE-01").update(seats=1, seats_left=0)

    page = sari.get(_ADDRESS)

    assert "tidak ada kursi tersisa" in text_of(page)
    assert 'href="/catalogue/INGGRIS-01/buy/"' in body_of(page)


def test_a_price_that_changed_meanwhile_is_shown_and_can_be_confirmed(village: Village, sari: Client) -> None:
    form = form_on(sari.get(_ADDRESS))
    change_price(training_id=village.trainings["KUE-01"].pk, price_idr=40_000, actor=None)

    refused = sari.post("/bundles/buy/", form)
    bought = sari.post("/bundles/buy/", form_on(refused))

    assert refused.status_code == 409
    assert "Kue basah untuk jualan pagi. Harganya sekarang Rp40.000." in text_of(refused)
    assert "Total −Rp280.000" in text_of(refused)
    assert body_of(refused).count("<s>") == body_of(refused).count("<s>Rp50.000</s> Rp40.000") == 1
    assert (bought.status_code, balance(village)) == (303, 20_000)


def test_a_price_that_rose_beyond_the_balance_meanwhile_leads_to_what_fits(village: Village, sari: Client) -> None:
    form = form_on(sari.get(_ADDRESS))
    change_price(training_id=village.trainings["KUE-01"].pk, price_idr=90_000, actor=None)

    refused = sari.post("/bundles/buy/", form)

    assert refused.status_code == 409
    text = text_of(refused)
    assert "Kue basah untuk jualan pagi. Harganya sekarang Rp90.000." in text
    assert "Kurang Rp30.000" in text
    assert "Lihat “Saldo saya” untuk pelatihan yang cukup sekarang. Ke saldo saya" in text
    assert balance(village) == 300_000


def test_beyond_the_balance_it_says_how_much_is_missing(village: Village, sari: Client) -> None:
    address = "/bundles/buy/?training=WEB-01&training=KUE-01"
    form = {"request_key": str(uuid4()), "training": ["WEB-01", "KUE-01"], "price_idr": ["300000", "50000"]}

    page, answer = sari.get(address), sari.post("/bundles/buy/", form)

    assert [page.status_code, answer.status_code] == [200, 409]
    for shown in (page, answer):
        assert "Saldo Anda Rp300.000, sedangkan harganya Rp350.000: kurang Rp50.000." in text_of(shown)
        assert "Kurang Rp50.000" in text_of(shown)
    assert balance(village) == 300_000


def test_what_is_owned_is_named(village: Village, sari: Client) -> None:
    page = sari.get("/bundles/buy/?training=JAHIT-01&training=KUE-01")

    assert "Anda sudah punya pelatihan ini." in text_of(page)
    assert 'href="/catalogue/KUE-01/buy/"' in body_of(page)


def test_a_first_purchase_is_said_to_secure_the_incentive(village: Village, visit: Visit) -> None:
    with on(BOUGHT_ON):
        text = text_of(visit(village.dewi).get(_ADDRESS))

    assert "Dengan ini kepesertaan dan insentif Anda sebesar Rp2.550.000 aman dari pencabutan." in text


@pytest.mark.parametrize(
    "change",
    [
        {"request_key": "not-a-key"},
        {"request_key": ""},
        {"price_idr": ["50000"]},
        {"price_idr": ["50000", "-1"]},
        {"price_idr": ["50000", "\x00"]},
        {"price_idr": ["50000", "9" * 30]},
    ],
)
def test_an_incomplete_confirmation_buys_nothing_and_asks_again(village: Village, sari: Client, change: dict[str, Any]) -> None:
    answer = sari.post("/bundles/buy/", form_on(sari.get(_ADDRESS)) | change)

    assert answer.status_code == 422
    assert "Konfirmasi ini tidak lengkap." in text_of(answer)
    assert form_on(answer)["price_idr"] == ["50000", "240000"]
    assert balance(village) == 300_000


@pytest.mark.parametrize(
    ("codes", "status"),
    [((), 422), (("KUE-01",), 422), (("KUE-01", "KUE-01"), 422), (("KUE-01", "NONE"), 404), (("KUE-01", "\x00"), 404)],
)
def test_what_is_no_bundle_is_refused(village: Village, sari: Client, codes: tuple[str, ...], status: int) -> None:
    form = {"request_key": str(uuid4()), "training": codes, "price_idr": ["50000"] * len(codes)}

    assert sari.get("/bundles/buy/", {"training": codes}).status_code == status
    assert sari.post("/bundles/buy/", form).status_code == status
    assert balance(village) == 300_000


def test_a_key_used_for_another_purchase_is_replaced(village: Village, sari: Client) -> None:
    key = str(uuid4())
    sari.post("/catalogue/KOPI-01/buy/", {"request_key": key, "price_idr": "75000"})
    form = {"request_key": key, "training": ["KUE-01", "FOTO-01"], "price_idr": ["50000", "120000"]}

    answer = sari.post("/bundles/buy/", form)

    assert answer.status_code == 422
    assert field_of(answer, "request_key") != key
    assert sari.post("/bundles/buy/", form_on(answer)).status_code == 303


def test_a_login_of_five_minutes_ago_asks_for_the_password(village: Village, sari: Client) -> None:
    session = sari.session
    session["account_authentication_methods"] = [
        record | {"at": record["at"] - 301} for record in session["account_authentication_methods"]
    ]
    session.save()
    page = sari.get(_ADDRESS)
    assert 'name="password"' in body_of(page)

    statuses = [sari.post("/bundles/buy/", form_on(page) | password).status_code for password in ({}, {"password": "keliru"})]
    assert (statuses, balance(village)) == ([403, 403], 300_000)
    assert sari.post("/bundles/buy/", form_on(page) | {"password": PASSWORD}).status_code == 303
    assert 'name="password"' not in body_of(sari.get("/catalogue/GRATIS-01/buy/"))


def test_pages_of_a_bundle_are_closed_to_others(village: Village, sari: Client, visit: Visit) -> None:
    receipt = sari.post("/bundles/buy/", form_on(sari.get(_ADDRESS))).headers["Location"]
    own = [_ADDRESS, receipt]

    assert [visit(make_user(Role.OPERATOR)).get(address).status_code for address in own] == [403, 403]
    assert [visit(None).get(address).status_code for address in own] == [302, 302]
    assert visit(village.dewi).get(receipt).status_code == 404
    assert visit(village.sari).get(reverse("bundle_receipt", args=[uuid4()])).status_code == 404


def test_a_single_purchase_is_no_bundle(village: Village, visit: Visit) -> None:
    purchase = buy(village.sari, village.trainings["KUE-01"])

    assert visit(village.sari).get(reverse("bundle_receipt", args=[purchase.request_key])).status_code == 404
