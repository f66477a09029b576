"""Importing a catalogue that is there already."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bekal.access.models import Act
from bekal.catalogue.importing import ImportReport, RefusedRow
from bekal.catalogue.models import Platform, PriceChange, Provider, Training
from bekal.catalogue.services import close_training, take_seat
from bekal.core import clock
from tests.catalogue.files import import_rows, import_wide_rows, only_refusal

pytestmark = pytest.mark.django_db

MORNING = datetime(2021, 5, 20, 2, 0, tzinfo=UTC)
NOON = datetime(2021, 5, 20, 5, 0, tzinfo=UTC)


def test_importing_again_changes_what_differs_and_keeps_every_price_once(tmp_path: Path) -> None:
    with clock.at(MORNING):
        import_rows(tmp_path, ["a", "Lama", "p", "1000"], ["b", "Tetap", "p", "2000"])
    with clock.at(NOON):
        report = import_rows(tmp_path, ["a", "Baru", "P", "1500"], ["b", "Tetap", "p", "2000"], ["c", "c", "p", "1"])
    assert report == ImportReport(imported=3, refused=())
    assert list(Training.objects.order_by("code").values_list("title", "price_idr", "created_at")) == [
        ("Baru", 1500, MORNING),
        ("Tetap", 2000, MORNING),
        ("c", 1, NOON),
    ]
    prices = PriceChange.objects.order_by("training__code", "since").values_list("training__code", "price_idr", "since")
    assert list(prices) == [("a", 1000, MORNING), ("a", 1500, NOON), ("b", 2000, MORNING), ("c", 1, NOON)]
    assert list(Provider.objects.values_list("name", flat=True)) == ["p"]


def test_importing_again_leaves_alone_what_the_file_does_not_state(tmp_path: Path) -> None:
    import_wide_rows(tmp_path, ["a", "t", "p", "1", "finance", "Toko", "uraian", "3", "hybrid", "5"])
    close_training(training_id=Training.objects.get().pk, actor=None)
    before = Training.objects.values().get()
    import_rows(tmp_path, ["a", "t", "p", "2"])
    assert Training.objects.values().get() == before | {"price_idr": 2}


def test_importing_again_clears_what_the_file_states_as_empty(tmp_path: Path) -> None:
    import_wide_rows(tmp_path, ["a", "t", "p", "1", "finance", "Toko", "uraian", "3", "hybrid", "5"])
    import_wide_rows(tmp_path, ["a", "t", "p", "1", "", "", "", "", "", ""])
    training = Training.objects.get()
    assert (training.field, training.platform, training.description, training.hours) == ("other", None, "", None)
    assert (training.mode, training.seats, training.seats_left) == ("online", None, None)
    assert list(Platform.objects.values_list("name", flat=True)) == ["Toko"]


def test_a_code_of_another_provider_is_refused_and_that_training_untouched(tmp_path: Path) -> None:
    import_rows(tmp_path, ["a", "Asli", "Pemilik", "1"])
    report = import_rows(tmp_path, ["b", "Lain", "Pemilik", "1"], ["a", "Rebutan", "Peniru", "2"])
    reason = "The code “a” belongs to the provider “Pemilik”."
    assert report == ImportReport(imported=1, refused=(RefusedRow(line=3, column="kode", reason=reason),))
    assert list(Training.objects.order_by("code").values_list("title", "price_idr")) == [("Asli", 1), ("Lain", 1)]
    assert list(Provider.objects.values_list("name", flat=True)) == ["Pemilik"]


def test_seats_that_are_taken_stay_taken_when_the_file_changes_how_many_there_are(tmp_path: Path) -> None:
    def offer(seats: str) -> ImportReport:
        return import_wide_rows(tmp_path, ["a", "t", "p", "1", "", "", "", "", "", seats])

    offer("3")
    training_id = Training.objects.get().pk
    take_seat(training_id=training_id)
    take_seat(training_id=training_id)
    assert offer("5").imported == 1
    assert Training.objects.values_list("seats", "seats_left").get() == (5, 3)
    assert only_refusal(offer("1")) == RefusedRow(
        line=2, column="kuota", reason="2 seats are taken already; there cannot be fewer in all."
    )
    assert Training.objects.values_list("seats", "seats_left").get() == (5, 3)


def test_an_import_is_recorded_once_with_its_counts(tmp_path: Path) -> None:
    import_rows(tmp_path, ["a", "t", "p", "1"], ["b", "t", "p", "2"], ["", "t", "p", "3"])
    act = Act.objects.get(verb="catalogue.import")
    assert (act.subject, act.details) == ("catalogue:trainings", {"file": "katalog.csv", "imported": 2, "refused": 1})
