import numpy as np
import pytest

from bekal.recommender.engine import best_bundle, use_of_balance
from bekal.recommender.engine.blended import Bekal
from bekal.simulation.testbed.experiments import all_under
from bekal.simulation.testbed.life import Habits
from bekal.simulation.testbed.policies import MOST, SHOWN, Bundled, Nothing, Ranked
from bekal.simulation.testbed.world import BALANCE_IDR, draw_people, draw_world, histories


@pytest.mark.parametrize("eta", [0, 10_000_000])
def test_shelves_hold_what_the_recommender_says(eta: int) -> None:
    world = draw_world(seed=2, items=40)
    crowd = draw_people(world, count=1_500, crowd=0)
    bought = all_under(world, crowd, Nothing(), Habits()).bought
    model = Bekal.fit(histories(bought, items=world.items), crowd.demographics)
    first = bought[:, :1]
    balances_idr = BALANCE_IDR - np.where(first[:, 0] >= 0, world.catalogue.prices_idr[first[:, 0]], 0)
    taken = histories(first, items=world.items)
    allowed = np.arange(world.items) % 7 != 0
    of_all = {"catalogue": world.catalogue, "balances_idr": balances_idr, "allowed": allowed}
    expected = model.recommend(crowd.demographics, taken, top=SHOWN, **of_all)
    bundled = Bundled("bundle", model, eta=eta).shelves(crowd.demographics, taken, **of_all)
    listed = Ranked("list", model, is_personal=True).shelves(crowd.demographics, taken, **of_all)
    assert (listed.items == expected.items).all()
    assert (bundled.items == expected.items).all()
    assert (listed.bundles == -1).all()
    sums = model.tables.sums(crowd.demographics, taken)
    for person in range(0, 1_500, 50):
        balance_idr = int(balances_idr[person])
        values = use_of_balance(sums[person], prices_idr=world.catalogue.prices_idr, balance_idr=balance_idr, eta=eta)
        best = best_bundle(
            values, catalogue=world.catalogue, balance_idr=balance_idr, owned=taken.of(person), allowed=allowed, most=MOST
        )
        assert tuple(bundled.bundles[person][bundled.bundles[person] >= 0]) == best.items
