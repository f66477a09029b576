"""What goes in and out of the recommendation API. Its documentation is made from this."""

from typing import Annotated, Any, Final, Literal

from ninja import Schema
from pydantic import ConfigDict, FailFast, Field

from bekal.catalogue.models import CODE_CHARACTERS
from bekal.participants.models import Education, Sex

MOST_IDR = 1_000_000_000
MOST_HISTORY = 500
MOST_RECOMMENDED = 50
MOST_PEOPLE = 1_000

Code = Annotated[str, Field(min_length=1, max_length=CODE_CHARACTERS)]
Language = Literal["id", "en"]
Level = Annotated[str, Field(min_length=1, max_length=64)]

EXAMPLE_ASKED: Final[dict[str, Any]] = {
    "balance_idr": 300_000,
    "age": 27,
    "sex": "F",
    "education": "upper_secondary",
    "province": "32",
    "history": ["SIM-00012"],
    "top": 2,
    "language": "id",
}
EXAMPLE_ANSWERED: Final[dict[str, Any]] = {
    "model": "20211122-1f6c2a90",
    "items": [
        {
            "code": "SIM-00341",
            "title": "Foto produk dengan ponsel",
            "price_idr": 120_000,
            "remaining_idr": 180_000,
            "reasons": [
                {
                    "code": "after",
                    "group": {},
                    "after": "SIM-00012",
                    "share": 0.41,
                    "text": "Sering diambil setelah “Kue basah untuk jualan pagi”",
                }
            ],
        }
    ],
    "bundle": {"codes": ["SIM-00341", "SIM-00077"], "price_idr": 295_000, "remaining_idr": 5_000},
    "ignored": {"history": [], "attributes": []},
}
EXAMPLE_REFUSED: Final[dict[str, Any]] = {
    "error": {
        "code": "fields_invalid",
        "message": "Some fields are missing, unknown or out of range.",
        "fields": ["balance_idr: this must be 0 or more"],
    }
}


EXAMPLE_MANY_ASKED: Final[dict[str, Any]] = {"people": [EXAMPLE_ASKED, {"balance_idr": 50_000, "top": 1}]}
EXAMPLE_MANY_ANSWERED: Final[dict[str, Any]] = {
    "answers": [
        EXAMPLE_ANSWERED,
        {
            "model": "20211122-1f6c2a90",
            "items": [],
            "bundle": {"codes": [], "price_idr": 0, "remaining_idr": 50_000},
            "ignored": {"history": [], "attributes": []},
        },
    ]
}


class Strict(Schema):
    """Numbers are numbers and texts are texts; a field that is not described is refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class RecommendationsIn(Strict):
    """A person as the calling system knows them. Everything but the balance may be left out."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_ASKED]})

    balance_idr: int = Field(ge=0, le=MOST_IDR, description="what is left to spend, whole rupiah")
    age: int | None = Field(None, ge=0, le=130, description="in whole years")
    sex: Level | None = Field(None, description="`F` or `M`", examples=list(Sex.values))
    education: Level | None = Field(
        None,
        description="`primary`, `lower_secondary`, `upper_secondary`, `diploma`, `bachelor` or `postgraduate`,"
        " or a level that the model was trained with",
        examples=list(Education.values),
    )
    province: Level | None = Field(
        None, description="first two digits of the region in a NIK, such as `32`, or a level that the model was trained with"
    )
    # Only the first wrong code is named: a body of a thousand people could hold half a million.
    history: Annotated[list[Code], FailFast()] = Field(
        default_factory=list, max_length=MOST_HISTORY, description="codes of the trainings taken, earliest first"
    )
    top: int = Field(10, ge=1, le=MOST_RECOMMENDED, description="at most so many trainings")
    language: Language = Field("id", description="of the texts")


class ReasonOut(Schema):
    """Why a training is recommended."""

    code: Literal["popular", "group", "after"] = Field(
        description="`popular`: many take it; `group`: people of this `group` take it more often than everybody; `after`:"
        " people who took the training `after` do"
    )
    group: dict[str, str] = Field(description="attribute and level, one or two; empty unless the code is `group`")
    after: str | None = Field(description="the code of a training of the history; null unless the code is `after`")
    share: float = Field(description="what part of the score it makes; above 1 where other parts speak against the training")
    text: str = Field(description="the same for people, in the language asked for")


class RecommendationOut(Schema):
    """A training that the balance can buy."""

    code: str
    title: str
    price_idr: int
    remaining_idr: int = Field(description="the balance less the price")
    reasons: list[ReasonOut] = Field(description="one or two, the one that people accept best first")


class BundleOut(Schema):
    """The best set of at most four trainings, at most one of a field, that the balance can buy together."""

    codes: list[str] = Field(description="by price, then code; empty where no set is worth having")
    price_idr: int
    remaining_idr: int = Field(description="the balance less the price of all of them")


class IgnoredOut(Schema):
    """What was said and made no difference."""

    history: list[str] = Field(description="codes that the model does not know")
    attributes: list[str] = Field(description="of `age`, `sex`, `education`, `province`: those of a value the model has not seen")


class RecommendationsOut(Schema):
    """What fits."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_ANSWERED]})

    model: str = Field(description="which model answered")
    items: list[RecommendationOut] = Field(description="best first; fewer than asked for, or none, where no more fit")
    bundle: BundleOut
    ignored: IgnoredOut


class ManyIn(Strict):
    """Questions about many people, each as it is asked about one."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_MANY_ASKED]})

    people: list[RecommendationsIn] = Field(min_length=1, max_length=MOST_PEOPLE, description="one question for each person")


class ManyOut(Schema):
    """What fits each of them."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_MANY_ANSWERED]})

    answers: list[RecommendationsOut] = Field(description="one for each question, in their order, just as if asked alone")


class ErrorDetail(Schema):
    """What went wrong."""

    code: str = Field(description="stable, for programs")
    message: str = Field(description="for people")
    fields: list[str] = Field(default_factory=list, description="which fields are wrong, how, and what is permitted")


class ErrorOut(Schema):
    """Every answer but 200."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_REFUSED]})

    error: ErrorDetail
