from collections.abc import Sequence
from functools import cache

import pytest

from bekal.recommender.training.worth import Shares
from bekal.simulation.testbed import settings
from bekal.simulation.testbed.experiments import Effect, effects
from bekal.simulation.testbed.life import SURPLUS
from bekal.simulation.testbed.policies import Policy
from bekal.simulation.testbed.settings import (
    HARMFUL,
    RESPONSES,
    Comparison,
    Kind,
    Learnt,
    Setting,
    best_of,
    choose,
    compared,
    may_be_chosen,
    mean_effect,
)
from bekal.simulation.testbed.world import draw_world

PEOPLE = 1_500
LIST = Setting(Shares(parts=0, eta=0.0, list_eta=0.0))
HARMLESS = {
    "unspent_idr": Effect(-1_000.0, 400.0),
    "second_purchase": Effect(-0.001, 0.001),
    "finished": Effect(-0.001, 0.002),
    SURPLUS: Effect(-0.001, 0.001),
}
HARMS = {
    "unspent_idr": Effect(1_000.0, 400.0),
    "second_purchase": Effect(-0.0011, 0.001),
    "finished": Effect(-0.0011, 0.002),
    SURPLUS: Effect(-0.002, 0.001),
}


@cache
def learnt(seed: int) -> Learnt:
    return Learnt.of(draw_world(seed=seed, items=60), people=PEOPLE)


def comparison(response: str = "0.5", /, **effects: Effect) -> Comparison:
    return Comparison(Kind(0.0, response), "tried", "base", {**HARMLESS, **effects})


def test_what_leaves_less_unspent_and_may_lower_nothing_else_may_be_chosen() -> None:
    assert may_be_chosen([comparison(), comparison(HARMFUL, unspent_idr=Effect(0.0, 400.0))])
    assert not may_be_chosen([comparison(), comparison(unspent_idr=Effect(-700.0, 400.0))])


@pytest.mark.parametrize("outcome", HARMS)
@pytest.mark.parametrize("response", ["0.5", HARMFUL])
def test_what_harms_in_one_kind_of_world_may_not_be_chosen(outcome: str, response: str) -> None:
    assert comparison(response, **{outcome: HARMS[outcome]}).harms
    assert not may_be_chosen([comparison(), comparison(response, **{outcome: HARMS[outcome]})])


def test_where_people_take_offence_what_is_unspent_does_not_count() -> None:
    found = [comparison(unspent_idr=Effect(-4.0, 1.0)), comparison(unspent_idr=Effect(-2.0, 1.0)), comparison(HARMFUL)]
    assert mean_effect(found, "unspent_idr") == Effect(-3.0, 1.0)


def test_of_what_leaves_little_unspent_that_is_chosen_which_people_get_most_out_of() -> None:
    def tried(unspent_idr: float, surplus: float) -> list[Comparison]:
        return [comparison(unspent_idr=Effect(unspent_idr, 100.0), **{SURPLUS: Effect(surplus, 1.0)})]

    found = {"least": tried(-900.0, 0.1), "nearly": tried(-801.0, 0.2), "too much": tried(-799.0, 0.3)}
    assert best_of(found) == "nearly"
    assert best_of({**found, "harms": tried(-2_000.0, -5.0)}) == "nearly"
    assert best_of({"spends nothing": tried(-100.0, 0.3)}) is None


def test_effects_are_over_all_worlds_of_a_kind() -> None:
    def arms(each: Learnt) -> Sequence[Policy]:
        return each.arms(settings.SHIPPED)

    both = {each.kind: each for each in compared([learnt(1), learnt(2)], arms, [("popularity", "bundle")], people=PEOPLE)}
    assert list(both) == [Kind(learnt(1).world.use_up, response) for response in RESPONSES]
    for kind, found in both.items():
        single = [
            effects(each.world, arms(each), habits=RESPONSES[kind.response], people=PEOPLE, crowds=1)["unspent_idr"][2]
            for each in (learnt(1), learnt(2))
        ]
        assert found.effects["unspent_idr"].value == pytest.approx(sum(each.value for each in single) / 2)
        assert found.effects["unspent_idr"].standard_error < min(each.standard_error for each in single)


def test_an_arm_does_nothing_against_itself() -> None:
    def arms(each: Learnt) -> Sequence[Policy]:
        return [each.serving(LIST, name="one"), each.serving(LIST, name="same")]

    for found in compared([learnt(1)], arms, [("one", "same")], people=PEOPLE):
        assert set(found.effects.values()) == {Effect(0.0, 0.0)}
        assert not found.harms
        assert not found.spends


def test_each_step_goes_on_from_what_the_one_before_chose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "LIST_ETAS", (0.0, 0.05))
    monkeypatch.setattr(settings, "PARTS", (2,))
    monkeypatch.setattr(settings, "ETAS", (0.1,))
    monkeypatch.setattr(settings, "PLACES", (0, 3))
    monkeypatch.setattr(settings, "may_be_chosen", lambda _: True)
    lists, cards, places = choose([learnt(1)], people=PEOPLE)
    assert lists.base == LIST
    assert lists.chosen == cards.base == places.base == Setting(Shares(parts=0, eta=0.0, list_eta=0.05))
    card = Shares(parts=2, eta=0.1, list_eta=0.05)
    assert list(cards.tried.values()) == [cards.chosen] == [Setting(card)]
    assert list(places.tried.values()) == [Setting(card), Setting(card, above=3)]
    compared_places = {name: [each for each in places.comparisons if each.arm == name] for name in places.tried}
    assert places.chosen == places.tried[str(best_of(compared_places))]


def test_where_nothing_may_be_chosen_the_base_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "LIST_ETAS", (0.0, 0.05))
    monkeypatch.setattr(settings, "PARTS", (2,))
    monkeypatch.setattr(settings, "ETAS", (0.1,))
    monkeypatch.setattr(settings, "may_be_chosen", lambda _: False)
    assert [step.chosen for step in choose([learnt(1)], people=PEOPLE)] == [LIST, LIST]
