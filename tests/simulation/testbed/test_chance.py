import numpy as np
from scipy import stats

from bekal.simulation.testbed.chance import gumbel, uniform

PEOPLE = np.arange(2_000)[:, None]
ITEMS = np.arange(50)[None]


def test_chance_hangs_on_names_and_not_on_order() -> None:
    together = uniform(1, "taste", PEOPLE, ITEMS)
    alone = uniform(1, "taste", PEOPLE[[1_234]], ITEMS[:, ::-1])
    assert alone[0, ::-1].tolist() == together[1_234].tolist()


def test_other_seeds_names_and_keys_are_other_chances() -> None:
    numbers = [uniform(1, "a", PEOPLE), uniform(2, "a", PEOPLE), uniform(1, "b", PEOPLE), uniform(1, "a", PEOPLE + 1)]
    assert np.abs(np.corrcoef(np.hstack(numbers).T) - np.eye(4)).max() < 0.1


def test_chance_is_even() -> None:
    assert stats.kstest(uniform(3, "even", PEOPLE, ITEMS).ravel(), "uniform").pvalue > 0.01
    assert stats.kstest(gumbel(3, "noise", PEOPLE, ITEMS).ravel(), "gumbel_r").pvalue > 0.01
