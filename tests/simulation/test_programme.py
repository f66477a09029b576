from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Count, F, Max, Min, Sum

from bekal.access.models import Role, User
from bekal.catalogue.models import Platform, Provider, Training
from bekal.core import clock
from bekal.ledger.accounts import training_account
from bekal.ledger.audit import audit
from bekal.ledger.models import Balance, Run, RunState
from bekal.ledger.queries import fund_position
from bekal.participants.models import Enrolment, EnrolmentStatus, Participant
from bekal.participants.nik import compose_nik
from bekal.participants.sealed import name_of
from bekal.programmes.definition import OutsideProgramme
from bekal.programmes.models import Wave
from bekal.purchases.models import Purchase
from bekal.purchases.queries import wallet
from bekal.simulation.programme import SARI, Built, build_programme
from bekal.simulation.wave import make_office

DAY = date(2021, 11, 20)
PEOPLE = 200
BUYERS_SHARE = 5.2 / 5.6
SECOND_SHARE = 0.547


@dataclass(frozen=True)
class Finished:
    built: Built
    told: list[int]


def build(*, participants: int, seed: int = 1, day: date = DAY, **others: Any) -> Built:
    office = make_office(domain=f"{User.objects.count()}.synthetic.test")
    return build_programme(participants=participants, seed=seed, day=day, office=office, **others)


@pytest.fixture(scope="module")
def finished(django_db_setup: None, django_db_blocker: Any) -> Iterator[Finished]:
    told: list[int] = []
    with django_db_blocker.unblock(), transaction.atomic():
        yield Finished(built=build(participants=PEOPLE, progress=told.append), told=told)
        transaction.set_rollback(True)


def test_catalogue_and_people_are_all_there(finished: Finished) -> None:
    assert (Training.objects.count(), Provider.objects.count(), Platform.objects.count()) == (1_534, 147, 7)
    assert Training.objects.aggregate(total=Sum("price_idr"))["total"] == 1_534 * 371_000
    assert Participant.objects.count() == PEOPLE
    assert Enrolment.objects.filter(wave=finished.built.wave, status=EnrolmentStatus.GRANTED).count() == PEOPLE


def test_wave_is_in_the_middle_of_its_life(finished: Finished) -> None:
    wave = finished.built.wave
    assert wave.accepted_on == date(2021, 9, 11)
    assert wave.first_purchase_by < DAY < wave.spend_by == date(2021, 12, 15)
    times = Purchase.objects.aggregate(first=Min("bought_at"), last=Max("bought_at"))
    assert clock.start_of(wave.accepted_on) < times["first"] < times["last"] < clock.start_of(DAY)
    firsts = Purchase.objects.values("enrolment").annotate(first=Min("bought_at")).values_list("first", flat=True)
    assert max(firsts).astimezone(clock.JAKARTA).date() <= wave.first_purchase_by


def test_sari_has_exactly_three_hundred_thousand_left_and_much_to_choose_from(finished: Finished) -> None:
    sari = finished.built.sari
    with clock.at(clock.start_of(DAY)):
        hers = wallet(sari)
    assert (hers.training_idr, hers.incentive_idr, hers.can_spend) == (300_000, 2_550_000, True)
    assert name_of(sari.participant) == "Sari Contoh"
    assert sari.purchases.count() == 2
    assert Training.objects.filter(is_open=True, price_idr__lte=300_000).exclude(purchases__enrolment=sari).count() > 500
    assert Training.objects.filter(price_idr__lte=50_000).count() >= 5


def test_as_many_bought_as_the_calibration_says(finished: Finished) -> None:
    times = list(Purchase.objects.exclude(enrolment=finished.built.sari).values("enrolment").annotate(times=Count("id")))
    buyers = round(BUYERS_SHARE * (PEOPLE - 1))
    assert len(times) == buyers
    assert sum(row["times"] >= 2 for row in times) == round(SECOND_SHARE * buyers)
    assert Purchase.objects.count() == finished.built.purchases


def test_every_balance_is_what_the_purchases_left(finished: Finished) -> None:
    spent = dict(Purchase.objects.values_list("enrolment__number").annotate(total=Sum("price_idr")).order_by())
    numbers = list(Enrolment.objects.values_list("number", flat=True))
    balances = dict(Balance.objects.filter(owner__in=map(training_account, numbers)).values_list("owner", "available_idr"))
    assert balances == {training_account(number): 1_000_000 - spent.get(number, 0) for number in numbers}
    assert min(balances.values()) >= 0


def test_seats_that_are_gone_were_sold(finished: Finished) -> None:
    limited = Training.objects.filter(seats__isnull=False).annotate(sold=Count("purchases"))
    assert limited.exclude(seats_left=F("seats") - F("sold")).count() == 0
    assert limited.filter(sold__gt=0).count() > 0


def test_audit_is_exact(finished: Finished) -> None:
    verdict = audit()
    assert verdict.findings == ()
    # One funding, one allocation, two grants a person, and the purchases.
    assert verdict.transfers == 2 + 2 * PEOPLE + finished.built.purchases
    position = fund_position(finished.built.wave.fund)
    assert position.is_exact
    assert (position.funded_idr, position.fund_idr, position.granting_idr) == (PEOPLE * 3_550_000, 0, 0)
    assert position.training.escrow_idr == Purchase.objects.aggregate(total=Sum("price_idr"))["total"]


def test_grant_was_approved_by_a_second_person(finished: Finished) -> None:
    run = Run.objects.get()
    assert (run.state, run.posted_count, run.skipped_count) == (RunState.FINISHED, 2 * PEOPLE, 0)
    assert (run.proposed_by.role, run.approved_by and run.approved_by.role) == (Role.OPERATOR, Role.APPROVER)
    assert run.posting_date == finished.built.wave.accepted_on


def test_provider_is_the_one_who_sold_most(finished: Finished) -> None:
    sales = Provider.objects.annotate(sales=Count("trainings__purchases")).order_by("-sales").values_list("sales", flat=True)
    assert finished.built.provider.trainings.aggregate(sales=Count("purchases"))["sales"] == sales[0]


def test_progress_tells_of_every_participant(finished: Finished) -> None:
    assert sum(finished.told) == PEOPLE
    assert min(finished.told) > 0
    assert len(finished.told) > 20


def test_another_person_can_be_the_special_one(db: None) -> None:
    born = date(1999, 12, 31)
    nik = compose_nik(region="517199", birth_date=born, sex=SARI.sex, serial=7)
    built = build(participants=3, special=replace(SARI, name="Ayu Contoh", nik=nik, birth_date=born))
    assert name_of(built.sari.participant) == "Ayu Contoh"
    assert Balance.objects.get(owner=training_account(built.sari.number)).available_idr == 300_000


def test_special_one_can_be_alone(db: None) -> None:
    built = build(participants=1)
    assert (built.purchases, Participant.objects.count()) == (2, 1)
    assert audit().exact


def test_a_seed_fixes_everything_but_what_must_be_random(db: None) -> None:
    def story(seed: int) -> list[tuple[Any, ...]]:
        with transaction.atomic():
            build(participants=40, seed=seed)
            found = list(
                Purchase.objects.order_by("enrolment__number", "bought_at").values_list(
                    "enrolment__participant__birth_date_index",
                    "training__title",
                    "training__provider__name",
                    "price_idr",
                    "bought_at",
                )
            )
            transaction.set_rollback(True)
        return [(bytes(birth_date or b""), *rest) for birth_date, *rest in found]

    first = story(11)
    assert first == story(11) != story(12)


@pytest.mark.parametrize("day", [date(2021, 12, 16), date(2021, 2, 1)])
def test_a_day_on_which_the_wave_cannot_buy_is_refused(db: None, day: date) -> None:
    with pytest.raises(ValueError, match="a day on which"):
        build(participants=10, day=day)
    assert (Wave.objects.count(), Training.objects.count()) == (0, 0)


def test_a_day_after_the_programme_is_refused(db: None) -> None:
    with pytest.raises(OutsideProgramme):
        build(participants=10, day=date(2023, 1, 1))


@pytest.mark.slow
def test_participants_whose_grant_takes_several_chunks_are_exact(db: None) -> None:
    built = build(participants=6_000, seed=2021)
    verdict = audit()
    assert verdict.findings == ()
    assert verdict.transfers == 2 + 2 * 6_000 + built.purchases
    buyers = Purchase.objects.values("enrolment").distinct().count()
    assert buyers == round(BUYERS_SHARE * 5_999) + 1
