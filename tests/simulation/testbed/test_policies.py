import numpy as np
import pytest

from bekal.recommender.engine import Choosing, NaiveBayes, best_list, best_use_of_balance, top_affordable
from bekal.recommender.engine.blended import Bekal
from bekal.simulation.testbed.experiments import all_under
from bekal.simulation.testbed.life import Habits
from bekal.simulation.testbed.policies import SHOWN, Nothing, Ranked, Served
from bekal.simulation.testbed.world import BALANCE_IDR, draw_people, draw_world, histories


@pytest.mark.parametrize("choosing", [Choosing(parts=2, eta=0), Choosing(parts=4, eta=10_000_000, list_eta=1_000_000)])
def test_shelves_hold_what_the_recommender_says(choosing: Choosing) -> None:
    world = draw_world(seed=2, items=40)
    crowd = draw_people(world, count=1_500, crowd=0)
    bought = all_under(world, crowd, Nothing(), Habits()).bought
    model = Bekal.fit(histories(bought, world=world), crowd.demographics)
    first = bought[:, :1]
    balances_idr = BALANCE_IDR - np.where(first[:, 0] >= 0, world.catalogue.prices_idr[first[:, 0]], 0)
    taken = histories(first, world=world)
    allowed = np.arange(world.items) % 7 != 0
    found = Served("bundle", model, choosing, above=3).shelves(
        crowd.demographics, taken, catalogue=world.catalogue, balances_idr=balances_idr, allowed=allowed
    )
    sums, sizes = model.tables.sums(crowd.demographics, taken), set()
    for person in range(0, 1_500, 20):
        asked = {
            "catalogue": world.catalogue,
            "balance_idr": int(balances_idr[person]),
            "owned": taken.of(person),
            "allowed": allowed,
        }
        listed = best_list(sums[person], top=SHOWN, choosing=choosing, **asked)
        best = best_use_of_balance(sums[person], choosing=choosing, **asked)
        assert found.items[person][found.items[person] >= 0].tolist() == listed.tolist()
        # What holds one training is no card.
        card = list(best.items) if len(best.items) > 1 else []
        assert found.bundles[person][found.bundles[person] >= 0].tolist() == card
        assert found.above[person] == min(3, listed.size)
        sizes.add(len(best.items))
    assert {1, 2} <= sizes


def test_any_models_scores_rank_what_is_on_offer() -> None:
    world = draw_world(seed=2, items=40)
    crowd = draw_people(world, count=500, crowd=0)
    bought = all_under(world, crowd, Nothing(), Habits()).bought
    taken = histories(bought, world=world)
    model = NaiveBayes.fit(taken, crowd.demographics)
    asked = {"catalogue": world.catalogue, "allowed": np.arange(world.items) % 7 != 0}
    balances_idr = np.arange(500) * 2_000
    found = Ranked("list", model, is_personal=True).shelves(crowd.demographics, taken, balances_idr=balances_idr, **asked)
    scores = model.scores(crowd.demographics, taken)
    for person in range(500):
        expected = top_affordable(
            scores[person], balance_idr=int(balances_idr[person]), owned=taken.of(person), top=SHOWN, **asked
        )
        assert found.items[person].tolist() == [*expected.tolist(), *[-1] * (SHOWN - expected.size)]
    assert (found.bundles == -1).all()
