import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bekal.recommender.engine import UNKNOWN
from bekal.recommender.engine.evaluation import NO_TIME, Case, NobodyToAsk, by_people, by_time, inner
from tests.recommender.engine.evaluation.builders import data_of, lists_of

TEN = [list(range(person % 10 + 1)) for person in range(200)]


def test_numbers_share_people_and_the_targets_after_the_largest() -> None:
    data = data_of([[9 - place for place in history] for history in TEN], items=10)
    (split,) = by_people(data, visible=("0", "1", "3"), min_items=5, seeds=[0])
    none, one, three = split.cases
    assert none.people.tolist() == one.people.tolist() == three.people.tolist()
    assert {len(TEN[person]) for person in none.people} == {5, 6, 7, 8, 9, 10}
    for person, *parts in zip(none.people, *(lists_of(case.visible) for case in split.cases), strict=True):
        assert parts == [[], [9], [9, 8, 7]]
        assert person not in split.learners
    for case in split.cases:
        assert lists_of(case.targets) == [lists_of(data.interactions)[person][3:] for person in case.people]


def test_half_and_rest_predict_what_they_do_not_show_of_everybody_with_two_items() -> None:
    data = data_of(TEN, items=10)
    (split,) = by_people(data, visible=("half", "rest", "0"), min_items=1, seeds=[0])
    half, rest, none = split.cases
    assert {len(TEN[person]) for person in half.people} == set(range(2, 11))
    assert {len(TEN[person]) for person in none.people} == set(range(1, 11))
    for case, shown in ((half, [count // 2 for count in range(11)]), (rest, [count - 1 for count in range(11)])):
        taken = [TEN[person] for person in case.people]
        assert lists_of(case.visible) == [history[: shown[len(history)]] for history in taken]
        assert lists_of(case.targets) == [history[shown[len(history)] :] for history in taken]
    assert lists_of(none.targets) == [TEN[person] for person in none.people]


def test_each_seed_holds_out_another_share_of_the_people() -> None:
    splits = by_people(data_of(TEN, items=10), visible=("0",), min_items=1, test_share=0.25, seeds=range(3))
    assert [len(split.cases[0].people) for split in splits] == [50, 50, 50]
    assert len({tuple(split.cases[0].people) for split in splits}) == 3
    again = by_people(data_of(TEN, items=10), visible=("0",), min_items=1, test_share=0.25, seeds=range(3))
    assert [tuple(split.learners) for split in splits] == [tuple(split.learners) for split in again]


@given(histories=st.lists(st.lists(st.integers(0, 8), unique=True, max_size=9), min_size=8, max_size=30), seed=st.integers(0, 9))
def test_nobody_is_both_learnt_from_and_asked_about_and_nothing_is_lost(histories: list[list[int]], seed: int) -> None:
    data = data_of(histories, items=9)
    try:
        (split,) = by_people(data, visible=("half", "rest"), min_items=2, seeds=[seed])
    except NobodyToAsk:
        return
    for case in split.cases:
        assert not set(case.people) & set(split.learners)
        for person, shown, wanted in zip(case.people, lists_of(case.visible), lists_of(case.targets), strict=True):
            assert [*shown, *wanted] == histories[person]
    assert lists_of(split.learnt) == [histories[person] for person in split.learners]
    assert all(histories[person] for person in split.learners)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"visible": ()}, "visible must be"),
        ({"visible": ("0", "most")}, "visible must be"),
        ({"visible": ("-1",)}, "visible must be"),
        ({"visible": ("0",), "test_share": 1.0}, "test_share"),
        ({"visible": ("0",), "min_items": 0}, "min_items"),
        ({"visible": ("0",), "min_items": 11}, "nobody of those held out has the 11 items that the case 0 needs"),
        ({"visible": ("10",), "min_items": 1}, "nobody of those held out has the 11 items that the case 10 needs"),
        ({"visible": ("0",), "test_share": 0.999}, "nobody with a history is left"),
    ],
)
def test_what_cannot_be_split_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        by_people(data_of(TEN, items=10), **options)  # type: ignore[arg-type]


def test_a_moment_parts_newcomers_from_people_who_come_back() -> None:
    data = data_of(
        [[0, 1], [2, 0, 1], [1], [0, 2], [2]],
        times=[[1, 9], [1, 5, 7], [2], [5, 6], [NO_TIME]],
        items=3,
    )
    split = by_time(data, moment=5)
    assert split.learners.tolist() == [0, 1, 2]
    assert lists_of(split.learnt) == [[0], [2], [1]]
    cold, warm = split.cases
    assert (cold.name, cold.people.tolist(), lists_of(cold.visible), lists_of(cold.targets)) == ("cold", [3], [[]], [[0, 2]])
    assert (warm.name, warm.people.tolist()) == ("warm", [0, 1])
    assert (lists_of(warm.visible), lists_of(warm.targets)) == ([[0], [2]], [[1], [0, 1]])


def test_an_item_taken_again_later_is_not_new() -> None:
    data = data_of([[0, 0], [1, 0]], times=[[1, 9], [1, 9]], items=2)
    (warm,) = by_time(data, moment=5).cases
    assert (warm.people.tolist(), lists_of(warm.targets)) == ([1], [[0]])


@pytest.mark.parametrize(("moment", "message"), [(0, "nothing was taken before"), (9, "nothing new was taken")])
def test_a_moment_without_a_before_or_an_after_is_refused(moment: int, message: str) -> None:
    with pytest.raises(NobodyToAsk, match=message):
        by_time(data_of([[0, 1]], items=2), moment=moment)


def test_what_is_learnt_can_be_split_again_with_its_times() -> None:
    data = data_of([[2, 0], [1], [0, 1]], times=[[3, 4], [5], [6, 2]], items=3, sexes="FMF")
    again = inner(data, by_time(data, moment=5))
    assert lists_of(again.interactions) == [[2, 0], [1]]
    assert again.times.tolist() == [3, 4, 2]
    assert again.demographics.codes[:, 0].tolist() == [0, 0]
    assert np.array_equal(again.prices, data.prices)


def test_balances_are_those_when_the_visible_items_had_been_taken() -> None:
    data = data_of([[3, 0, 1, 2]] * 20, items=4, prices=[10, 20, 40, UNKNOWN]).with_budget(100)
    (split,) = by_people(data, visible=("0", "1", "3", "half", "rest"), min_items=4, seeds=[0])
    people = split.cases[0].people.size
    assert {case.name: balances_of(case) for case in split.cases} == {
        "0": [100] * people,
        "1": [100] * people,
        "3": [70] * people,
        "half": [90] * people,
        "rest": [70] * people,
    }
    (without,) = by_people(data_of([[0, 1]] * 20, items=2), visible=("1",), min_items=2, seeds=[0])
    assert without.cases[0].balances is None


def test_a_moment_finds_what_was_left_before_it() -> None:
    times = [[1, 2, 9], [9], [1, 2]] * 4
    data = data_of([[0, 1, 2], [2], [0, 1]] * 4, items=3, times=times, prices=[10, 20, 40]).with_budget(50)
    cold, warm = by_time(data, moment=5).cases
    assert (balances_of(cold), balances_of(warm)) == ([50] * 4, [20] * 4)


def test_in_a_random_order_balances_follow_that_order() -> None:
    taken = [[0, 1, 2]] * 30
    data = data_of(taken, items=3, times=[[NO_TIME] * 3] * 30, prices=[1, 10, 100]).with_budget(1_000)
    histories = data.shuffled(seed=4)
    assert histories.spending is not None
    assert len({tuple(each) for each in lists_of(histories)}) > 1
    for person, items in enumerate(lists_of(histories)):
        left = histories.spending.balances[3 * person : 3 * person + 3].tolist()
        assert left == [1_000 - sum(data.prices[item] for item in items[:place]) for place in range(3)]


def test_of_what_was_bought_at_once_the_largest_balance_came_first() -> None:
    data = data_of([[0, 1, 2]], items=3, times=[[5, 5, 1]], prices=[10, 20, 30], balances=[[50, 70, 100]])
    assert lists_of(data.interactions) == [[2, 1, 0]]
    assert data.interactions.spending is not None
    assert data.interactions.spending.balances.tolist() == [100, 70, 50]


def test_learners_keep_what_they_had_to_spend() -> None:
    data = data_of([[0, 1]] * 20, items=2, prices=[10, 20]).with_budget(100)
    (split,) = by_people(data, visible=("1",), min_items=2, seeds=[0])
    for learnt in (split.learnt, inner(data, split).interactions):
        assert learnt.spending is not None
        assert learnt.spending.balances.tolist() == [100, 90] * 14


def balances_of(case: Case) -> list[int]:
    assert case.balances is not None
    return list(map(int, case.balances))
