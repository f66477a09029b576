"""Which reason is given first, and in which words."""

import numpy as np
import pytest
from django.utils.translation import override

from bekal.recommender.engine import Attribute, Demographics, Interactions
from bekal.recommender.engine.tables import Layout, Tables
from bekal.recommender.serving.reasons import Reason, ReasonCode, reasons
from bekal.recommender.serving.wording import in_words

_ATTRIBUTES = (
    Attribute("age_band", ("25-29", "55-")),
    Attribute("education", ("bachelor", "primary")),
    Attribute("province", ("11", "31")),
    Attribute("sex", ("F", "M")),
)
_LAYOUT = Layout(_ATTRIBUTES, crosses=((0, 3),))
_ITEMS = 2
# Rows of the person asked about: everybody, 25-29, bachelor, 11, F, and 25-29 with F; then the training taken.
_EVERYBODY, _AGE, _EDUCATION, _PROVINCE, _SEX, _CROSS, _TAKEN = range(7)


def first_reasons(values: dict[int, int], *, most: int = 1, follows: bool = True) -> tuple[Reason, ...]:
    """The reasons for item 0 of somebody who took item 1, whose score is made of these parts; whether one follows the other."""
    person = Demographics(_ATTRIBUTES, np.zeros((1, 4), dtype=np.int16))
    groups = np.zeros((2, _LAYOUT.row_count, _ITEMS), dtype=np.int32)
    for row, place in zip(_LAYOUT.rows(person)[0], range(_TAKEN), strict=True):
        groups[1, row, 0] = values.get(place, 0)
    history = np.zeros((1, _ITEMS, _ITEMS), dtype=np.int32)
    history[0, 1, 0] = values.get(_TAKEN, 0)
    supported = np.array([[1, 0]] if follows else np.empty((0, 2)), dtype=np.int32)
    tables = Tables(_LAYOUT, (0, 1), groups, history, 0, supported=supported)
    taken = Interactions.from_lists([[1]], item_count=_ITEMS)
    (found,) = reasons([0], person=person, history=taken, tables=tables, codes=("A", "B"), most=most)
    return found


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({_TAKEN: 10, _EDUCATION: 50, _SEX: 40}, "after:B"),
        ({_EDUCATION: 10, _AGE: 40, _SEX: 50}, "group:education=bachelor"),
        ({_AGE: 10, _PROVINCE: 50, _SEX: 40}, "group:age_band=25-29"),
        ({_PROVINCE: 10, _SEX: 90}, "group:province=11"),
        ({_CROSS: 10, _PROVINCE: 50, _SEX: 40}, "group:age_band=25-29+sex=F"),
        # Of two by age, the stronger.
        ({_CROSS: 20, _AGE: 10}, "group:age_band=25-29+sex=F"),
        # Below a tenth of the score nothing is a reason.
        ({_TAKEN: 9, _EDUCATION: 91}, "group:education=bachelor"),
        ({_TAKEN: 9, _EVERYBODY: 91}, "popular"),
        # Sex is none where another is at hand, or many take it anyway.
        ({_SEX: 90, _EVERYBODY: 10}, "popular"),
        ({_SEX: 90, _EVERYBODY: -10}, "group:sex=F"),
    ],
)
def test_history_comes_first_then_education_age_and_region_and_sex_last(values: dict[int, int], expected: str) -> None:
    (reason,) = first_reasons(values)
    assert str(reason) == expected


def test_what_was_learnt_is_no_reason_where_nothing_shows_that_the_other_follows_from_it() -> None:
    assert [str(reason) for reason in first_reasons({_TAKEN: 90, _AGE: 10}, follows=False)] == ["group:age_band=25-29"]


def test_a_second_reason_is_never_sex() -> None:
    found = first_reasons({_SEX: 60, _PROVINCE: 20, _EVERYBODY: 20}, most=3)
    assert [str(reason) for reason in found] == ["group:province=11"]


@pytest.mark.parametrize("language", ["id", "en"])
def test_no_reason_speaks_of_a_sex(language: str) -> None:
    words = {
        "id": [
            "Lebih sering dipilih orang seperti Anda",
            "Lebih sering dipilih orang seperti Anda (25–29)",
            "Lebih sering dipilih peserta berumur 55 tahun ke atas",
            "Lebih sering dipilih peserta berumur 25–29 tahun",
        ],
        "en": [
            "People like you choose this more often",
            "People like you (25–29) choose this more often",
            "People aged 55 and over choose this more often",
            "People aged 25–29 choose this more often",
        ],
    }
    groups = [
        (("sex", "F"),),
        (("age_band", "25-29"), ("sex", "F")),
        (("age_band", "55-"),),
        (("age_band", "25-29"),),
    ]
    with override(language):
        found = [in_words(Reason(ReasonCode.GROUP, group=group), titles={}) for group in groups]
    assert found == words[language]


_SEXES = Attribute("sex", ("F", "M"))
CODES = ("T-0", "T-1", "T-2")


def tables(*supported: tuple[int, int]) -> Tables:
    """After training 0 both others score high, and among women training 2 a little."""
    groups = np.zeros((2, 3, 3))
    groups[1, 1] = [0, 0, 2]
    history = np.zeros((1, 3, 3))
    history[0, 0] = [0, 8, 8]
    pairs = np.array(supported, dtype=np.int32).reshape(-1, 2)
    return Tables.rounded(layout=Layout((_SEXES,)), lengths=(0, 1), groups=groups, history=history, supported=pairs)


def said(*supported: tuple[int, int]) -> list[list[str]]:
    woman = Demographics((_SEXES,), np.zeros((1, 1), dtype=np.int16))
    bought = Interactions.from_lists([[0]], item_count=3)
    return [
        [str(each) for each in found]
        for found in reasons([1, 2], person=woman, history=bought, tables=tables(*supported), codes=CODES)
    ]


def test_an_earlier_training_is_a_reason_only_where_its_buyers_take_more_of_it_than_others_would() -> None:
    assert said() == [["popular"], ["group:sex=F"]]
    assert said((0, 1)) == [["after:T-0"], ["group:sex=F"]]
    assert said((0, 1), (0, 2)) == [["after:T-0"], ["after:T-0"]]
    # What is true of another training says nothing of this one.
    assert said((1, 2), (2, 1)) == said()


def test_shares_are_still_of_the_whole_score() -> None:
    woman = Demographics((_SEXES,), np.zeros((1, 1), dtype=np.int16))
    bought = Interactions.from_lists([[0]], item_count=3)
    (found,) = reasons([2], person=woman, history=bought, tables=tables(), codes=CODES)
    assert found == (Reason(ReasonCode.GROUP, group=(("sex", "F"),), share=0.2),)
