from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from bekal.access.models import Role
from bekal.cases.models import Case
from bekal.cases.services import open_cases, open_sealed
from bekal.catalogue.models import Training
from bekal.catalogue.services import NewTraining, add_trainings, close_training
from bekal.programmes.definition import load_definition
from tests.builders import make_training, make_user, on
from tests.cases.test_cases import mistyped
from tests.web.conftest import Visit
from tests.web.newcomers import CLOSES_AT, open_applications
from tests.web.reading import balance_on, body_of, text_of, trainings_on
from tests.web.village import TODAY, Village


def test_the_first_page_states_the_rules_of_the_newest_wave(village: Village, visit: Visit) -> None:
    page = visit(None).get("/")

    assert page.status_code == 200
    text = text_of(page)
    amounts = ["Rp1.000.000", "Rp2.550.000", "Rp3.550.000", "30 hari", "15 Des 2021", "4 × Rp600.000", "3 × Rp50.000"]
    excluded = [exclusion.name.id for exclusion in load_definition("prakerja-2021").eligibility.exclusions]
    assert [part for part in amounts + excluded if part not in text] == []
    assert 'href="/accounts/login/"' in body_of(page)


def test_the_first_page_needs_a_fixed_number_of_queries(
    village: Village, visit: Visit, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(4):
        visit(None).get("/")


def test_the_first_page_says_when_one_can_apply(village: Village, visit: Visit) -> None:
    assert "Gelombang" not in text_of(visit(None).get("/"))
    with on((CLOSES_AT - timedelta(days=6)).date()):
        open_applications(number=22, places=1_500)
        assert "Gelombang 22 dibuka pada" in text_of(visit(None).get("/"))
    page = visit(None).get("/")
    assert "Gelombang 22 sedang dibuka" in text_of(page)
    assert "1.500 tempat." in text_of(page)
    assert 'href="/register/">Daftar sekarang' in body_of(page)


@pytest.mark.usefixtures("db")
def test_before_the_first_wave_the_first_page_says_so() -> None:
    page = Client().get("/")

    assert page.status_code == 200
    assert "Belum ada gelombang yang dibuka." in text_of(page)
    assert Client().get("/accounts/password/reset/").status_code == 200


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    ("language", "stays"),
    [
        ("id", ["Kode yang dihitung dari NIK Anda", "Kapan Anda masuk dan dari jaringan mana", "Apakah NIK Anda cocok"]),
        ("en", ["A code that is computed from your NIK", "When you logged in and from which network", "Whether your NIK agreed"]),
    ],
)
def test_what_stays_of_somebody_who_was_erased_is_told(language: str, stays: list[str]) -> None:
    reader = Client()
    reader.cookies["django_language"] = language
    told = text_of(reader.get("/your-data/"))
    assert [part for part in stays if part not in told] == []


@pytest.mark.usefixtures("db")
def test_people_read_who_opened_their_data_and_when(visit: Visit, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    person, title = mistyped(), "Siapa yang membuka data Anda"
    browser = visit(person.user)
    assert f"{title} Untuk memutuskan" in text_of(browser.get("/your-data/"))
    assert "Belum ada yang membukanya." in text_of(browser.get("/your-data/"))
    open_cases()
    officer = make_user(Role.OPERATOR)
    with on(TODAY):
        open_sealed(case=Case.objects.get(), officer=officer)
    with django_assert_num_queries(8):
        shown = text_of(browser.get("/your-data/"))
    assert f"22 November 2021, 12.00 WIB: {officer.name} (operator), untuk kasus jenis “verifikasi”" in shown
    assert "Belum ada yang membukanya." not in shown
    assert title not in text_of(visit(make_user(Role.PARTICIPANT)).get("/your-data/"))
    assert title not in text_of(Client().get("/your-data/"))


def test_anyone_sees_every_open_training(village: Village, visit: Visit) -> None:
    close_training(training_id=village.trainings["KAS-01"].pk, actor=None)

    page = visit(None).get("/catalogue/")

    expected = {code: training.price_idr for code, training in village.trainings.items() if code != "KAS-01"}
    assert trainings_on(page) == expected
    assert "14 pelatihan" in text_of(page)
    assert "Sisa saldo" not in text_of(page)
    assert "fits" not in body_of(page)


def test_the_catalogue_needs_a_fixed_number_of_queries(
    village: Village, visit: Visit, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(4):
        visit(None).get("/catalogue/")
    sari = visit(village.sari)
    with django_assert_num_queries(10):
        sari.get("/catalogue/?fits=1")


def test_a_participant_sees_what_would_remain_what_is_missing_and_what_is_owned(village: Village, visit: Visit) -> None:
    page = visit(village.sari).get("/catalogue/")

    assert balance_on(page) == 300_000
    text = text_of(page)
    assert "Rp299.000 Sisa saldo Rp1.000" in text
    assert "Rp300.000 Pas dengan saldo Anda" in text
    assert "Rp300.001 Kurang Rp1" in text
    assert "Rp250.000 Sudah Anda miliki" in text
    assert "Gratis Sisa saldo Rp300.000" in text


def test_a_participant_can_ask_for_what_fits(village: Village, visit: Visit) -> None:
    page = visit(village.sari).get("/catalogue/?fits=1&sort=dearest")

    affordable = {code: training.price_idr for code, training in village.trainings.items() if training.price_idr <= 300_000}
    assert trainings_on(page) == affordable
    assert list(trainings_on(page).values()) == sorted(affordable.values(), reverse=True)
    assert "10 pelatihan seharga Rp300.000 atau kurang" in text_of(page)


def test_fits_means_nothing_to_who_has_nothing_to_spend(village: Village, visit: Visit) -> None:
    assert len(trainings_on(visit(None).get("/catalogue/?fits=1"))) == 15
    assert len(trainings_on(visit(make_user(Role.OPERATOR)).get("/catalogue/?fits=1"))) == 15
    assert len(trainings_on(visit(village.dewi).get("/catalogue/?fits=1"))) == 15


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("q=bahasa", {"INGGRIS-01", "MANDARIN-01", "EXCEL-01", "PIMPIN-01"}),  # EXCEL-01 and PIMPIN-01 by their provider's name
        ("field=food_beverage", {"KUE-01", "KOPI-01", "BARISTA-01"}),
        ("q=kopi&field=food_beverage", {"KOPI-01"}),
        ("q=kopi&field=finance", set()),
    ],
)
def test_search_and_filter_find(village: Village, visit: Visit, query: str, codes: set[str]) -> None:
    assert set(trainings_on(visit(None).get(f"/catalogue/?{query}"))) == codes


def test_what_was_mistyped_is_found_and_said(village: Village, visit: Visit) -> None:
    page = visit(None).get("/catalogue/?q=barsita")
    assert set(trainings_on(page)) == {"BARISTA-01"}
    assert "Maksud Anda “barista”?" in text_of(page)
    assert "Maksud Anda" not in text_of(visit(None).get("/catalogue/?q=barista"))


def test_that_only_some_words_were_found_is_said(village: Village, visit: Visit) -> None:
    assert "Tidak ada pelatihan dengan semua kata ini." in text_of(visit(None).get("/catalogue/?q=barista+zzzzzz"))


def test_who_finds_nothing_sees_what_fits_the_balance(village: Village, visit: Visit) -> None:
    # The newest, which is what would come first, is hers already.
    newest = Training.objects.latest("created_at").created_at
    Training.objects.filter(code="JAHIT-01").update(created_at=newest + timedelta(days=1))
    page = visit(village.sari).get("/catalogue/?q=zzzzzz")
    assert "Cukup dengan saldo Anda" in text_of(page)
    owned = {"JAHIT-01", "MANDARIN-01"}
    fitting = {code: training.price_idr for code, training in village.trainings.items() if training.price_idr <= 300_000}
    shown = trainings_on(page)
    assert len(shown) == 6
    assert shown.items() <= fitting.items()
    assert not shown.keys() & owned
    for stranger in (visit(None), visit(village.dewi)):
        assert trainings_on(stranger.get("/catalogue/?q=zzzzzz")) == {}


def test_the_form_keeps_what_was_asked(village: Village, visit: Visit) -> None:
    body = body_of(visit(village.sari).get("/catalogue/?q=%22kopi%22&field=food_beverage&sort=cheapest&fits=1"))

    assert 'value="&quot;kopi&quot;"' in body
    assert '<option value="food_beverage" selected>' in body
    assert '<option value="cheapest" selected>' in body
    assert 'id="id_fits" checked' in body


@pytest.mark.parametrize(
    "query",
    [
        "page=2",
        "page=0",
        "page=-1",
        "page=nan",
        f"page={'9' * 5000}",
        "field=nonsense",
        "sort=nonsense",
        "fits=perhaps",
        "q=%00",
        "q=%ED%A0%80",
        "q=%27%29%3B--&field=%00&sort=%00&page=%00&fits=%00",
        f"q={'kopi+' * 2000}",
        "q=kopi&q=kue&page=1&page=2",
        "unknown=1",
    ],
)
def test_nonsense_in_the_address_is_not_an_error(village: Village, visit: Visit, query: str) -> None:
    assert visit(None).get(f"/catalogue/?{query}").status_code == 200
    assert visit(village.sari).get(f"/catalogue/?{query}").status_code == 200


def test_pages_follow_each_other_and_keep_the_search(village: Village, visit: Visit) -> None:
    added = [
        NewTraining(code=f"SERI-{number:02}", title=f"Seri {number:02}", provider="Seri", price_idr=1_000) for number in range(30)
    ]
    add_trainings(trainings=added)

    first, second = (visit(None).get(f"/catalogue/?q=seri&page={page}") for page in (1, 2))

    assert [*trainings_on(first), *trainings_on(second)] == [training.code for training in added]
    assert "Halaman 1 dari 2" in text_of(first)
    assert 'rel="next" href="?q=seri&amp;page=2"' in body_of(first)
    assert 'rel="prev" href="?q=seri&amp;page=1"' in body_of(second)
    assert 'rel="prev"' not in body_of(first)
    assert 'rel="next"' not in body_of(second)


def test_a_course_page_tells_anyone_everything(village: Village, visit: Visit) -> None:
    page = visit(None).get("/catalogue/KUE-01/")

    assert page.status_code == 200
    text = text_of(page)
    told = ["Kue basah untuk jualan pagi", "Dapur Contoh", "Platform Satu", "makanan dan minuman", "daring", "12 jam", "Rp50.000"]
    assert [part for part in [*told, "Anda belajar langkah demi langkah"] if part not in text] == []
    assert '<a class="button" href="/accounts/login/?next=/catalogue/KUE-01/">Masuk untuk membeli</a>' in body_of(page)
    assert trainings_on(page) == {"KUE-01": 50_000}


def test_a_course_page_needs_a_fixed_number_of_queries(
    village: Village, visit: Visit, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        visit(None).get("/catalogue/KUE-01/")
    sari = visit(village.sari)
    with django_assert_num_queries(8):
        sari.get("/catalogue/KUE-01/")
    with django_assert_num_queries(9):
        sari.get("/catalogue/JAHIT-01/")


def test_a_course_page_says_what_would_remain(village: Village, visit: Visit) -> None:
    page = visit(village.sari).get("/catalogue/EXCEL-01/")

    assert "Saldo sekarang Rp300.000 Harga −Rp299.000 Saldo setelah membeli Rp1.000" in text_of(page)
    assert 'href="/catalogue/EXCEL-01/buy/"' in body_of(page)


def test_a_course_page_says_what_is_missing(village: Village, visit: Visit) -> None:
    page = visit(village.sari).get("/catalogue/PIMPIN-01/")

    assert "Kurang Rp200.000 Saldo Anda kurang Rp200.000." in text_of(page)
    assert "/buy/" not in body_of(page)
    assert 'href="/catalogue/?fits=1"' in body_of(page)


def test_a_course_page_of_what_is_owned_leads_to_its_code(village: Village, visit: Visit) -> None:
    page = visit(village.sari).get("/catalogue/JAHIT-01/")

    purchase = village.sari.purchases.get(training__code="JAHIT-01")
    assert "Pelatihan ini sudah Anda miliki" in text_of(page)
    assert reverse("receipt", args=[purchase.public_id]) in body_of(page)
    assert "/buy/" not in body_of(page)


def test_a_closed_or_full_training_is_not_offered(village: Village, visit: Visit) -> None:
    close_training(training_id=village.trainings["KUE-01"].pk, actor=None)
    full = make_training(10_000, seats=0)

    for who in (None, village.sari):
        assert "Pelatihan ini sudah ditutup." in text_of(visit(who).get("/catalogue/KUE-01/"))
    assert "Pelatihan ini penuh: tidak ada kursi tersisa." in text_of(visit(village.sari).get(f"/catalogue/{full.code}/"))
    assert "/buy/" not in body_of(visit(village.sari).get(f"/catalogue/{full.code}/"))


def test_an_officer_sees_a_course_without_a_way_to_buy(village: Village, visit: Visit) -> None:
    page = visit(make_user(Role.OPERATOR)).get("/catalogue/KUE-01/")

    assert page.status_code == 200
    assert "/buy/" not in body_of(page)
    assert "/accounts/login/?next" not in body_of(page)


def test_an_unknown_code_is_not_found(village: Village, visit: Visit) -> None:
    page = visit(None).get("/catalogue/NONE-99/")

    assert page.status_code == 404
    assert "Tidak ada pelatihan “NONE-99”." in text_of(page)
    assert visit(None).get("/catalogue/%00/").status_code == 404
    assert visit(None).get("/catalogue/%ED%A0%80/").status_code == 404


@pytest.mark.parametrize("code", ["a/b", "..", "100%", "50%25", "a?b#c", "é&<b>", "%2F", "x/buy"])
def test_every_possible_code_has_its_pages(village: Village, visit: Visit, code: str) -> None:
    add_trainings(trainings=[NewTraining(code=code, title="Judul & <b>tebal</b>", provider="Uji", price_idr=1_000)])
    address = reverse("training", args=[code])

    page = visit(village.sari).get(address)

    assert page.status_code == 200
    assert trainings_on(page) == {code: 1_000}
    assert "Judul &amp; &lt;b&gt;tebal&lt;/b&gt;" in body_of(page)
    assert visit(village.sari).get(reverse("buy", args=[code])).status_code == 200
    assert address.count("/") == 3


@pytest.mark.usefixtures("db")
def test_health_is_told_in_json() -> None:
    page = Client().get("/healthz")

    assert (page.status_code, page.headers["Content-Type"], page.json()) == (200, "application/json", {"status": "ok"})


def test_health_without_a_database_is_503(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "cursor", away)
    page = Client().get("/healthz")

    assert (page.status_code, page.json()) == (503, {"status": "unavailable", "database": "away"})


def test_without_a_database_there_is_still_an_error_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_given: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "cursor", away)
    page = Client(raise_request_exception=False).get("/")

    assert page.status_code == 503
    assert "Basis data sedang tidak dapat dihubungi" in text_of(page)


@pytest.mark.usefixtures("db")
def test_an_unknown_address_is_not_found() -> None:
    page = Client().get("/tidak-ada/")

    assert page.status_code == 404
    assert "Halaman ini tidak ada" in text_of(page)


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("address", ["/", "/catalogue/", "/healthz", "/catalogue/X/"])
def test_pages_that_only_show_refuse_to_be_sent_to(address: str) -> None:
    assert Client().post(address).status_code == 405
