from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bekal.participants.draw.pools import (
    GENERAL,
    LEAST_PEOPLE,
    Combination,
    Formed,
    Kind,
    Share,
    form_pools,
)


def group(code: str, places: int) -> Share:
    return Share(Kind.PRIORITY, code, places)


def province(code: str, places: int) -> Share:
    return Share(Kind.PROVINCE, code, places)


def people(**counts: int) -> Counter[Combination]:
    """How many of whom, as `d_31=5`: the first letters of groups, the province."""
    found: Counter[Combination] = Counter()
    for name, count in counts.items():
        groups, _, of = name.rpartition("_")
        found[Combination(frozenset(groups), of)] += count
    return found


def shown(formed: Formed) -> list[tuple[int, int]]:
    return [(pool.places, pool.people) for pool in formed.pools]


def test_pools_stand_in_the_order_of_trial_under_random_letters() -> None:
    formed = form_pools(
        shares=[province("31", 10), group("d", 50), group("l", 150)], people=people(d_31=30, l_31=40, dl_32=25), places=1000
    )
    assert shown(formed) == [(50, 55), (150, 65), (10, 70), (790, 95)]
    assert dict(formed.pools_of) == {
        Combination(frozenset("d"), "31"): (0, 2),
        Combination(frozenset("l"), "31"): (1, 2),
        Combination(frozenset("dl"), "32"): (0, 1),
    }
    letters = [pool.letters for pool in formed.pools]
    assert letters[-1] == GENERAL
    assert all(len(each) == 2 and each.isupper() for each in letters[:-1])
    assert len(set(letters)) == 4


def test_what_is_too_small_is_merged_with_the_next_smallest_of_its_kind() -> None:
    shares = [province("31", 10), province("32", 20), province("33", 30), province("34", 40)]
    formed = form_pools(shares=shares, people=people(_31=100, _32=19, _33=50, _34=3), places=1000)
    # 34 and 32 have 22 people together, and are tried where 32 was.
    assert shown(formed) == [(10, 100), (60, 22), (30, 50), (900, 172)]


def test_people_of_two_merged_groups_count_once() -> None:
    formed = form_pools(shares=[group("a", 10), group("b", 20)], people=people(ab_31=15, a_31=4, b_31=2, _31=9), places=100)
    assert shown(formed) == [(30, 21), (70, 30)]


def test_a_kind_with_too_few_people_in_all_has_no_pool() -> None:
    formed = form_pools(shares=[group("a", 10), group("b", 20)], people=people(a_31=10, b_31=9, _31=500), places=100)
    assert shown(formed) == [(100, 519)]


_COMBINATIONS = st.builds(Combination, st.frozensets(st.sampled_from("abc")), st.sampled_from(["31", "32", "33", "34"]))


@given(st.dictionaries(_COMBINATIONS, st.integers(1, 40)), st.integers(320, 500))
def test_every_pool_has_enough_people_and_no_place_is_lost(counts: dict[Combination, int], places: int) -> None:
    shares = [group("a", 50), group("b", 150), *(province(code, 30) for code in ("31", "32", "33", "34"))]
    formed = form_pools(shares=shares, people=counts, places=places)
    assert all(pool.people >= LEAST_PEOPLE for pool in formed.pools[:-1])
    assert sum(pool.places for pool in formed.pools) == places
    for place, pool in enumerate(formed.pools[:-1]):
        assert pool.people == sum(count for each, count in counts.items() if place in formed.pools_of[each])
