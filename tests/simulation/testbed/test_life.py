from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bekal.recommender.engine import Interactions
from bekal.simulation.testbed.chance import Integers
from bekal.simulation.testbed.experiments import all_under
from bekal.simulation.testbed.life import VISITS, Habits, Lives, Source, live
from bekal.simulation.testbed.policies import SHOWN, Nothing, Ranked, Shelves
from bekal.simulation.testbed.world import BALANCE_IDR, CROWD, UNLIMITED, draw_people, utilities
from tests.simulation.testbed.worlds import two_arms, world

CROWD_SIZE = 4_000


def lives(policy: int | None = None, *, habits: Habits = Habits(), crowd: int = 5) -> Lives:  # noqa: B008
    members = draw_people(world(), count=CROWD_SIZE, crowd=crowd)
    return all_under(world(), members, Nothing() if policy is None else two_arms()[policy], habits)


def counts(found: Lives) -> Integers:
    return np.asarray((found.bought >= 0).sum(axis=1), dtype=np.int64)


def test_without_shelves_people_buy_as_those_of_the_programme_did() -> None:
    bought = counts(all_under(world(), draw_people(world(), count=CROWD, crowd=0), Nothing(), Habits()))
    assert np.mean(bought >= 1) == pytest.approx(5.2 / 5.6, abs=0.01)
    assert np.sum(bought >= 2) / np.sum(bought >= 1) == pytest.approx(0.547, abs=0.02)


@pytest.mark.parametrize("policy", [None, 0, 1])
def test_money_seats_and_purchases_add_up(policy: int | None) -> None:
    found = lives(policy, habits=Habits(responsiveness=1.0))
    has = found.bought >= 0
    spent_idr = np.where(has, world().catalogue.prices_idr[found.bought], 0)
    assert (found.unspent_idr == BALANCE_IDR - spent_idr.sum(axis=1)).all()
    assert (found.before_idr == BALANCE_IDR - (spent_idr * (found.visits == 0)).sum(axis=1)).all()
    assert (found.unspent_idr >= 0).all()
    # Nobody buys one training twice.
    taken = Interactions.from_lists([row[row >= 0].tolist() for row in found.bought], item_count=world().items)
    assert taken.items.size == has.sum()
    assert not (found.finished & ~has).any()
    assert found.visits.max() == VISITS - 1
    seats = world().seats
    sold = np.bincount(found.bought[has], minlength=world().items)
    assert (sold <= np.maximum(seats * CROWD_SIZE // CROWD, 1))[seats < UNLIMITED].all()
    assert (sold == np.maximum(seats * CROWD_SIZE // CROWD, 1))[seats < UNLIMITED].any()


def test_whom_nobody_looks_at_nothing_changes() -> None:
    nothing = lives()
    for policy in (0, 1):
        ignored = lives(policy, habits=Habits(responsiveness=0.0))
        assert (ignored.bought == nothing.bought).all()
        assert (ignored.finished == nothing.finished).all()


def test_the_same_people_have_the_same_chances_in_every_arm() -> None:
    members = draw_people(world(), count=CROWD_SIZE, crowd=5)
    assigned = np.arange(CROWD_SIZE) % 2
    endless = replace(world(), seats=np.full(world().items, UNLIMITED))
    mixed = live(endless, members, two_arms(), assigned, habits=Habits())
    for arm, policy in enumerate(two_arms()):
        alone = all_under(endless, members, policy, Habits())
        assert (alone.unspent_idr == mixed.unspent_idr)[assigned == arm].all()
        assert (alone.unspent_idr != mixed.unspent_idr)[assigned != arm].any()
        assert (alone.before_idr == mixed.before_idr).all()


@dataclass(frozen=True, eq=False)
class Carded(Ranked):
    """The list, and a card with its first two below so many of it."""

    above: int = 0

    def shelves(self, *people: Any, **shop: Any) -> Shelves:
        found = super().shelves(*people, **shop)
        found.bundles[:, :2] = np.where(found.items[:, 1:2] >= 0, found.items[:, :2], -1)
        return replace(found, above=np.minimum(self.above, (found.items >= 0).sum(axis=1)))


def carded(above: int) -> Lives:
    listed = two_arms()[1]
    assert isinstance(listed, Ranked)
    policy = Carded("carded", listed.model, is_personal=True, above=above)
    return all_under(world(), draw_people(world(), count=CROWD_SIZE, crowd=5), policy, Habits())


def test_the_higher_a_card_the_more_look_at_it() -> None:
    looked = [carded(above).cards.sum() for above in (0, 3, SHOWN)]
    assert looked[0] > looked[1] > looked[2] > 0
    assert lives(1).cards.sum() == 0


def test_what_was_bought_was_found_somewhere() -> None:
    found = carded(0)
    has = found.bought >= 0
    assert ((found.sources >= 0) == has).all()
    assert (found.sources[found.visits == 0] == Source.BROWSED).all()
    assert set(np.unique(found.sources[has])) == set(Source)
    # A card is bought whole, two trainings at one visit, and only by whom looked at one.
    of_card = found.sources == Source.CARD
    assert (of_card.sum(axis=1) % 2 == 0).all()
    assert (found.cards[(of_card | (found.sources == Source.PART)).any(axis=1)] > 0).all()
    assert not (lives().sources > Source.BROWSED).any()
    assert set(np.unique(lives(1).sources)) == {-1, Source.BROWSED, Source.LIST}


def test_whoever_buys_gains_by_it() -> None:
    found = carded(0)
    assert ((found.surplus > 0) == (counts(found) > 0)).all()
    # Who is offended by a shelf gains less by what it shows.
    offended = lives(1, habits=Habits(reactance=0.5))
    assert offended.surplus.sum() < lives(1).surplus.sum()


def test_other_crowds_are_other_people() -> None:
    assert (lives(crowd=5).unspent_idr != lives(crowd=6).unspent_idr).any()
    assert (lives(crowd=5).bought == lives(crowd=5).bought).all()


def test_reactance_keeps_people_from_buying() -> None:
    usual, harmful = (lives(1, habits=Habits(reactance=reactance)) for reactance in (0.0, 0.5))
    assert counts(harmful).sum() < counts(usual).sum()
    assert (lives(0, habits=Habits(reactance=0.5)).bought == lives(0).bought).all()


def test_the_higher_on_the_shelf_the_more_it_sells() -> None:
    class Upside(Ranked):
        """The best in the last place."""

        def shelves(self, *people: Any, **shop: Any) -> Shelves:
            return replace(found := super().shelves(*people, **shop), items=found.items[:, ::-1])

    best_first = two_arms()[1]
    assert isinstance(best_first, Ranked)
    best_last = Upside("upside", best_first.model, is_personal=True)
    members = draw_people(world(), count=CROWD_SIZE, crowd=5)
    first, last = (all_under(world(), members, policy, Habits(1.0)) for policy in (best_first, best_last))
    assert counts(first).sum() > counts(last).sum()


def test_the_truth_is_not_of_the_models_form() -> None:
    # What a second training adds to a history is not what it adds by itself: the stronger link counts, and substitutes replace.
    members = draw_people(world(), count=1, crowd=9)
    row, every = np.array([0]), np.arange(world().items)[None]

    def worth(*bought: int) -> NDArray[np.float64]:
        history = np.array([[*bought, -1, -1][:2]])
        return np.asarray(utilities(world(), members, row, every, bought=history, left_idr=np.array([500_000]))[0])

    topics = world().catalogue.topics
    twins = np.flatnonzero(topics == topics[0])[:2].tolist()
    both, one, other = worth(*twins), worth(twins[0]), worth(twins[1])
    assert np.allclose(both, one)
    assert np.allclose(both, other)
    assert not np.allclose(worth(), one)
