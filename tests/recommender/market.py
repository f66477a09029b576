"""A small market for the recommender: women buy one of three pairs of trainings, men any two of theirs. All made up."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from bekal.access.models import User
from bekal.catalogue.models import Field, Training
from bekal.catalogue.services import NewTraining, add_trainings
from bekal.participants.models import Enrolment, Sex
from bekal.programmes.models import Wave
from tests.builders import ACCEPTED_ON, day_after, grant_wave, on, registration
from tests.web.village import buy

TODAY: Final = date(2021, 5, 3)
PEOPLE: Final = 36
PRICES_IDR: Final = tuple(range(100_000, 460_000, 30_000))
FIELDS: Final = (Field.BEAUTY, Field.AUTOMOTIVE, Field.OTHER, Field.OTHER)


@dataclass(frozen=True, slots=True)
class Market:
    """Everybody bought two trainings but the last person, who bought nothing. All trainings are equally popular.

    What a woman buys second follows from what she bought first; what a man buys does not.
    """

    wave: Wave
    operator: User
    approver: User
    people: list[Enrolment]
    trainings: list[Training]


def build_market() -> Market:
    """The market; its trainings are of four fields in turn, two of which are no topic."""
    sexes = [(Sex.FEMALE, Sex.MALE)[number % 2] for number in range(PEOPLE)]
    granted = grant_wave(people=[registration(sex=sex) for sex in sexes])
    people = granted.enrolments
    with on(ACCEPTED_ON):
        ids = add_trainings(
            trainings=[
                NewTraining(
                    code=f"M-{number:02}",
                    title=f"Training {number}",
                    provider="Provider",
                    price_idr=price_idr,
                    field=FIELDS[number % len(FIELDS)],
                )
                for number, price_idr in enumerate(PRICES_IDR)
            ]
        )
    found = Training.objects.in_bulk(ids)
    trainings = [found[training] for training in ids]
    with on(day_after(ACCEPTED_ON)):
        for number, person in enumerate(people[:-1]):
            woman = 4 * (number % 3)
            man = 1 + 2 * (number % 6)
            pair = (woman, woman + 2) if person.participant.sex == Sex.FEMALE else (man, (man + 2 * (1 + number % 5)) % 12)
            for place in pair:
                buy(person, trainings[place])
    return Market(wave=granted.wave, operator=granted.operator, approver=granted.approver, people=people, trainings=trainings)
