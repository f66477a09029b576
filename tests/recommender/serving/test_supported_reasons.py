import numpy as np

from bekal.recommender.engine import Attribute, Demographics, Interactions
from bekal.recommender.engine.tables import Layout, Tables
from bekal.recommender.serving.reasons import Reason, ReasonCode, reasons

EDUCATION = Attribute("education", ("bachelor", "primary"))
CODES = ("T-0", "T-1", "T-2")


def tables(*supported: tuple[int, int]) -> Tables:
    """After training 0 both others score high, and among graduates training 2 a little."""
    groups = np.zeros((2, 3, 3))
    groups[1, 1] = [0, 0, 2]
    history = np.zeros((1, 3, 3))
    history[0, 0] = [0, 8, 8]
    pairs = np.array(supported, dtype=np.int32).reshape(-1, 2)
    return Tables.rounded(layout=Layout((EDUCATION,)), lengths=(0, 1), groups=groups, history=history, supported=pairs)


def said(*supported: tuple[int, int]) -> list[list[str]]:
    graduate = Demographics((EDUCATION,), np.zeros((1, 1), dtype=np.int16))
    bought = Interactions.from_lists([[0]], item_count=3)
    return [
        [str(each) for each in found]
        for found in reasons([1, 2], person=graduate, history=bought, tables=tables(*supported), codes=CODES)
    ]


def test_an_earlier_training_is_a_reason_only_where_its_buyers_take_more_of_it_than_others_would() -> None:
    assert said() == [["popular"], ["group:education=bachelor"]]
    assert said((0, 1)) == [["after:T-0"], ["group:education=bachelor"]]
    assert said((0, 1), (0, 2)) == [["after:T-0"], ["after:T-0", "group:education=bachelor"]]
    # What is true of another training says nothing of this one.
    assert said((1, 2), (2, 1)) == said()


def test_shares_are_still_of_the_whole_score() -> None:
    graduate = Demographics((EDUCATION,), np.zeros((1, 1), dtype=np.int16))
    bought = Interactions.from_lists([[0]], item_count=3)
    (found,) = reasons([2], person=graduate, history=bought, tables=tables(), codes=CODES)
    assert found == (Reason(ReasonCode.GROUP, group=(("education", "bachelor"),), share=0.2),)
