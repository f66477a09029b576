from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from bekal.catalogue.errors import UnknownTraining
from bekal.catalogue.models import Field, Training
from bekal.catalogue.queries import Order, fields_in_use, search_trainings, training_by_code
from bekal.catalogue.services import NewTraining, add_trainings, close_training
from bekal.core import clock

pytestmark = pytest.mark.django_db

MORNING = datetime(2021, 5, 20, 2, 0, tzinfo=UTC)
SHELF = [
    NewTraining(code="A", title="Barista Kopi untuk Pemula", provider="Lembaga Seduh", price_idr=300_000, field="food_beverage"),
    NewTraining(code="B", title="Memulai usaha: kedai kopi", provider="Akademi Niaga", price_idr=500_000, field="management"),
    NewTraining(code="C", title="Belajar Node.js & C++", provider="Lembaga Kode", price_idr=0, field="information_technology"),
    NewTraining(code="D", title="Melatih Karyawan", provider="Akademi Niaga", price_idr=250_000, field="management", seats=0),
    NewTraining(
        code="E", title="Bahasa Prancis: élégance", provider="Lembaga Kode", price_idr=100_000, field="foreign_languages"
    ),
]


@pytest.fixture
def shelf() -> None:
    for hours, training in enumerate(SHELF):
        with clock.at(MORNING + timedelta(hours=hours)):
            add_trainings(trainings=[training])


def found(text: str = "", *, field: str | None = None, most_idr: int | None = None, order: Order = Order.BEST) -> list[str]:
    return [row.code for row in search_trainings(text=text, field=field, most_idr=most_idr, order=order).rows]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("kopi bar", ["A"]),
        ("KOPI", ["A", "B"]),
        ("kop", ["A", "B"]),
        ("kopi niaga", ["B"]),
        ("lembaga kode", ["E", "C"]),
        ("node", ["C"]),
        ("node.js", ["C"]),
        ("c++", ["C"]),
        ("js belajar", ["C"]),
        ("pelatihan karyawan", ["D"]),
        ("usaha 'kedai", ["B"]),
        ("élég", ["E"]),
        ("ÉLÉGANCE", ["E"]),
        ("kopi ☕", ["A", "B"]),
        ("teh", []),
        ("kopi teh", ["A", "B"]),
        ("barsita", ["A"]),
        ("coffee", ["A", "B"]),
        ("french", ["E"]),
        ("foreign", ["E"]),  # what its field is called in English, and in Indonesian
        ("asing", ["E"]),
        ("☕", []),
        ("%", []),
        ("'", []),
        ("\0", []),
        ("\ud800", []),
        ("x" * 10_000, []),
        ("kopi " * 2_000, ["A", "B"]),
        (" \n", ["E", "A", "C", "D", "B"]),
        ("", ["E", "A", "C", "D", "B"]),
    ],
)
@pytest.mark.usefixtures("shelf")
def test_search_finds_words_of_title_and_provider(text: str, codes: list[str]) -> None:
    assert found(text) == codes


@pytest.mark.usefixtures("shelf")
def test_search_tells_what_it_looked_for_and_whether_all_was_found() -> None:
    def told(text: str, **narrowed: Any) -> tuple[str, bool, int]:
        page = search_trainings(text=text, **narrowed)
        return page.corrected, page.is_partial, page.total

    assert told("barsita") == ("barista", False, 1)
    assert told("kopi teh") == ("", True, 2)
    assert told("kopi") == ("", False, 2)
    assert told("barsita", most_idr=1) == ("barista", False, 0)


@pytest.mark.usefixtures("shelf")
def test_a_title_that_changes_is_found_under_its_new_words_at_once() -> None:
    assert found("elegance") == ["E"]
    Training.objects.filter(code="E").update(title="Bahasa Jerman")
    assert (found("elegance"), found("jerman")) == ([], ["E"])


@pytest.mark.usefixtures("shelf")
def test_what_is_found_is_ordered_as_asked() -> None:
    assert found("kopi", order=Order.DEAREST) == ["B", "A"]
    assert found("kopi", order=Order.CHEAPEST) == ["A", "B"]


@pytest.mark.usefixtures("shelf")
def test_search_is_narrowed_by_field_and_price() -> None:
    assert found(field="management") == ["D", "B"]
    assert found(field="sihir") == []
    assert found(field="\0") == []
    assert found(most_idr=250_000) == ["E", "C", "D"]
    assert found(most_idr=0) == ["C"]
    assert found(most_idr=-1) == []
    assert found(most_idr=10**30) == ["E", "A", "C", "D", "B"]
    assert found("kopi", field="management", most_idr=500_000) == ["B"]


@pytest.mark.usefixtures("shelf")
def test_search_is_ordered_as_asked() -> None:
    assert found(order=Order.CHEAPEST) == ["C", "E", "D", "A", "B"]
    assert found(order=Order.DEAREST) == ["B", "A", "D", "E", "C"]
    assert found(order=Order.NEWEST) == ["E", "D", "C", "B", "A"]


@pytest.mark.usefixtures("shelf")
def test_a_word_in_the_title_counts_more_than_one_in_the_provider_name() -> None:
    add_trainings(trainings=[NewTraining(code="Z", title="Zaman niaga", provider="Lembaga Kode", price_idr=1)])
    assert found("niaga") == ["Z", "D", "B"]


@pytest.mark.usefixtures("shelf")
def test_a_closed_training_is_not_found_but_has_its_page() -> None:
    close_training(training_id=Training.objects.get(code="A").pk, actor=None)
    assert found("kopi") == ["B"]
    assert training_by_code("A").title == "Barista Kopi untuk Pemula"


@pytest.mark.usefixtures("shelf")
def test_pages_hold_their_rows_and_a_page_that_is_not_there_is_the_nearest() -> None:
    def shown(page: int, limit: int = 2) -> tuple[list[str], int, int, int]:
        result = search_trainings(order=Order.CHEAPEST, page=page, limit=limit)
        return [row.code for row in result.rows], result.total, result.page, result.pages

    assert shown(1) == (["C", "E"], 5, 1, 3)
    assert shown(3) == (["B"], 5, 3, 3)
    assert shown(10**30) == (["B"], 5, 3, 3)
    assert shown(-7) == (["C", "E"], 5, 1, 3)
    assert shown(1, limit=0) == (["C"], 5, 1, 5)
    assert shown(1, limit=10**30) == (["C", "E", "D", "A", "B"], 5, 1, 1)


@pytest.mark.usefixtures("shelf")
def test_a_page_takes_few_queries_with_providers_and_platforms(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(4):  # one to read the titles
        search_trainings(text="kopi lembaga")
    with django_assert_num_queries(2):
        assert len(search_trainings(field="management").rows) == 2
    with django_assert_num_queries(3):
        rows = search_trainings(text="kopi lembaga").rows
        assert [(row.provider.name, row.platform, row.seats_left) for row in rows] == [("Lembaga Seduh", None, None)]


def test_an_empty_catalogue_gives_one_empty_page(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        page = search_trainings()
    assert (page.rows, page.total, page.page, page.pages) == ([], 0, 1, 1)
    assert fields_in_use() == []


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40) | st.text(st.sampled_from("kopi':*&|!()<->\\\"\0 %_-.@/"), max_size=40))
@pytest.mark.usefixtures("shelf")
def test_any_text_is_harmless(text: str) -> None:
    page = search_trainings(text=text, order=Order.CHEAPEST)
    assert page.total == len(page.rows) <= len(SHELF)


@pytest.mark.usefixtures("shelf")
def test_every_training_is_found_under_each_word_of_its_title_and_provider() -> None:
    for training in SHELF:
        for word in f"{training.title} {training.provider}".split():
            if any(character.isalnum() for character in word):
                assert training.code in found(word)


@pytest.mark.parametrize("code", ["Z", "", "a", "\0", "\ud800", "x" * 10_000])
@pytest.mark.usefixtures("shelf")
def test_an_unknown_code_is_said_to_be_unknown(code: str) -> None:
    with pytest.raises(UnknownTraining):
        training_by_code(code)


@pytest.mark.usefixtures("shelf")
def test_fields_in_use_are_those_of_open_trainings() -> None:
    close_training(training_id=Training.objects.get(code="E").pk, actor=None)
    assert fields_in_use() == [Field.FOOD_BEVERAGE, Field.INFORMATION_TECHNOLOGY, Field.MANAGEMENT]
