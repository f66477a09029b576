"""How a model serves, without a database."""

from itertools import combinations

import pytest

from bekal.recommender.engine import NO_FLOOR, Bekal, Choosing
from bekal.recommender.training.folders import Files, asking_of
from bekal.recommender.training.worth import SHIPPED_SHARES, Asking, Shares, choosing_for, worth_of_pair


@pytest.fixture(scope="module")
def asking(read: Files, model: Bekal) -> Asking:
    found = asking_of(read, attributes=model.attributes)
    assert found is not None
    return found


def test_a_pair_is_worth_what_the_best_two_affordable_trainings_are(model: Bekal, asking: Asking) -> None:
    sums, worth = model.tables.sums(asking.demographics, asking.histories), 0
    prices, topics = asking.catalogue.prices_idr.tolist(), asking.catalogue.topics.tolist()
    for person, balance in enumerate(asking.balances_idr.tolist()):
        owned = {topics[item] for item in asking.histories.of(person)}
        fitting = [
            item for item, topic in enumerate(topics) if asking.allowed[item] and prices[item] <= balance and topic not in owned
        ]
        sets: list[tuple[int, ...]] = [(item,) for item in fitting]
        sets += [
            pair
            for pair in combinations(fitting, 2)
            if topics[pair[0]] != topics[pair[1]] and prices[pair[0]] + prices[pair[1]] <= balance
        ]
        worth += max(0, 0, *(int(sums[person, list(each)].sum()) for each in sets))
    assert worth > 0
    assert worth_of_pair(model, asking) == pytest.approx(worth / asking.demographics.people_count)


def test_shares_are_of_the_worth_of_a_pair(model: Bekal, asking: Asking) -> None:
    worth = worth_of_pair(model, asking)
    found = choosing_for(model, asking, shares=Shares(parts=3, eta=0.5, list_eta=0.25), floor=-7)
    assert found == Choosing(parts=3, eta=round(worth / 2), list_eta=round(worth / 4), floor=-7)
    # As shipped, both count for something, and a part that nobody says is too poor is poor enough for nobody.
    shipped = choosing_for(model, asking)
    assert (shipped.parts, shipped.floor) == (SHIPPED_SHARES.parts, NO_FLOOR)
    assert shipped == choosing_for(model, asking, shares=SHIPPED_SHARES)


def test_where_nobody_can_be_asked_about_using_up_a_balance_is_worth_nothing(model: Bekal) -> None:
    assert choosing_for(model, None) == Choosing(parts=SHIPPED_SHARES.parts, eta=0, list_eta=0)
