"""Which model is best, and which may be as good."""

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine.evaluation import Measured, Rankings, Winner, differences, winners


def measured(ndcg: dict[str, NDArray[np.float64]]) -> Measured:
    people = len(next(iter(ndcg.values())))
    items = np.zeros((people, 1), dtype=np.int32)
    return Measured(np.arange(people), {name: Rankings(items, values, values) for name, values in ndcg.items()})


def test_the_winner_of_a_case_is_best_and_others_are_as_good_unless_certainly_worse() -> None:
    generator = np.random.default_rng(0)
    base = generator.uniform(0.2, 0.6, 400)
    noise = generator.normal(0, 0.05, 400)
    near = base + noise - noise.mean() - 0.0005
    cases = {
        "0": measured({"one": base - 0.05, "two": base, "three": near}),
        "1": measured({"one": base + 0.05, "two": base, "three": base + 0.04}),
    }
    assert winners(cases) == {"0": Winner("two", ("two", "three")), "1": Winner("one", ("one",))}


def test_of_equal_models_the_first_wins_and_the_others_are_as_good() -> None:
    ndcg = np.linspace(0, 1, 50)
    assert winners({"0": measured({"b": ndcg, "a": ndcg})}) == {"0": Winner("b", ("b", "a"))}
    assert winners({"0": measured({"a": ndcg})}) == {"0": Winner("a", ("a",))}


def test_differences_may_be_to_another_model_in_each_case() -> None:
    ndcg = np.linspace(0, 0.5, 50)
    cases = {"0": measured({"a": ndcg, "b": ndcg + 0.1}), "1": measured({"a": ndcg, "b": ndcg - 0.1})}
    found = differences(cases, to={"0": "b", "1": "a"})
    assert [(case, list(others)) for case, others in found.items()] == [("0", ["a"]), ("1", ["b"])]
    assert all(abs(each.mean - 0.1) < 1e-12 for others in found.values() for each in others.values())
