"""What the recommender is told about a person."""

from collections.abc import Collection
from typing import Final

from bekal.participants.models import Education, Participant, Sex
from bekal.programmes.provinces import PROVINCES

ATTRIBUTES: Final = ("sex", "age_band", "education", "province")


def traits(*, age_band: str, sex: str, education: str, province: str) -> dict[str, str | None]:
    """The values of `ATTRIBUTES`, as the engine takes them."""
    return {"sex": sex, "age_band": age_band, "education": education, "province": province}


def traits_of(person: Participant) -> dict[str, str | None]:
    """The traits of a participant."""
    return traits(age_band=person.age_band, sex=person.sex, education=person.education, province=person.province)


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
