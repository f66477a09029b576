"""What the recommender is told about a person."""

from collections.abc import Collection
from datetime import date
from typing import Final

from bekal.participants.models import Education, Participant, Sex
from bekal.participants.nik import PROVINCES
from bekal.recommender.engine import age_band

ATTRIBUTES: Final = ("sex", "age_band", "education", "province")


def traits(*, birth_date: date, sex: str, education: str, region: str, day: date) -> dict[str, str | None]:
    """The values of `ATTRIBUTES` on a day, as the engine takes them."""
    had_birthday = (day.month, day.day) >= (birth_date.month, birth_date.day)
    return {
        "sex": sex,
        "age_band": age_band(day.year - birth_date.year - (not had_birthday)),
        "education": education,
        "province": region[:2],
    }


def traits_of(person: Participant, day: date) -> dict[str, str | None]:
    """The traits of a participant on a day."""
    return traits(birth_date=person.birth_date, sex=person.sex, education=person.education, region=person.region, day=day)


def level_label(attribute: str, level: str) -> str:
    """What people read for a level of an attribute; of a level that the platform does not know, the level."""
    match attribute:
        case "sex" if level in Sex:
            return str(Sex(level).label)
        case "education" if level in Education:
            return str(Education(level).label)
        case "province":
            return PROVINCES.get(level, level)
        case _:
            return level.replace("-", "–")


def known_levels(attribute: str) -> Collection[str]:
    """The levels of an attribute that the platform has words for."""
    match attribute:
        case "sex":
            return Sex.values
        case "education":
            return Education.values
        case "province":
            return PROVINCES.keys()
        case _:
            return ()
