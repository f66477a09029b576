from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bekal.participants.draw.pools import (
    GENERAL,
    LEAST_PEOPLE,
    WHOLE_PERMILLE,
    Combination,
    Formed,
    Kind,
    Share,
    apportion,
    form_pools,
)


def group(code: str, permille: int) -> Share:
    return Share(Kind.GROUP, code, permille)


def province(code: str, permille: int) -> Share:
    return Share(Kind.PROVINCE, code, permille)


def people(**counts: int) -> Counter[Combination]:
    """How many of whom, as `d_31=5`: the first letters of groups, the province."""
    found: Counter[Combination] = Counter()
    for name, count in counts.items():
        groups, _, of = name.rpartition("_")
        found[Combination(frozenset(groups), of)] += count
    return found


def shown(formed: Formed) -> list[tuple[int, int, int]]:
    return [(pool.share_permille, pool.people, pool.places) for pool in formed.pools]


def test_pools_stand_in_the_order_of_trial_under_random_letters() -> None:
    formed = form_pools(
        shares=[province("31", 10), group("d", 50), group("l", 150)], people=people(d_31=30, l_31=40, dl_32=25), places=1000
    )
    assert shown(formed) == [(50, 55, 50), (150, 65, 150), (10, 70, 10), (790, 95, 790)]
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
    assert shown(formed) == [(10, 100, 10), (60, 22, 60), (30, 50, 30), (900, 172, 900)]


def test_people_of_two_merged_groups_count_once() -> None:
    formed = form_pools(shares=[group("a", 10), group("b", 20)], people=people(ab_31=15, a_31=4, b_31=2, _31=9), places=100)
    assert shown(formed) == [(30, 21, 3), (970, 30, 97)]


def test_a_kind_with_too_few_people_in_all_has_no_pool() -> None:
    formed = form_pools(shares=[group("a", 10), group("b", 20)], people=people(a_31=10, b_31=9, _31=500), places=100)
    assert shown(formed) == [(1000, 519, 100)]


@given(st.dictionaries(st.text("ABC", min_size=1, max_size=3), st.integers(0, 100), max_size=9), st.integers(0, 1_000_000))
def test_shares_are_whole_places_that_are_all_given(permilles: dict[str, int], places: int) -> None:
    permilles["general"] = WHOLE_PERMILLE - sum(permilles.values())
    given = apportion(places=places, permille_by_code=permilles)
    assert sum(given.values()) == places
    assert all(0 <= 1000 * given[code] - places * permille + 999 <= 1998 for code, permille in permilles.items())
    # Who is rounded up has no smaller remainder than who is not.
    remainders = {code: places * permille % 1000 for code, permille in permilles.items()}
    up = {code for code in permilles if given[code] > places * permilles[code] // 1000}
    assert all((-remainders[one], one) < (-remainders[other], other) for one in up for other in permilles.keys() - up)


def test_ties_go_by_code() -> None:
    assert apportion(places=1, permille_by_code={"B": 250, "A": 250, "general": 500}) == {"A": 0, "B": 0, "general": 1}
    assert apportion(places=2, permille_by_code={"B": 250, "A": 250, "general": 500}) == {"A": 1, "B": 0, "general": 1}


_COMBINATIONS = st.builds(Combination, st.frozensets(st.sampled_from("abc")), st.sampled_from(["31", "32", "33", "34"]))


@given(st.dictionaries(_COMBINATIONS, st.integers(1, 40)), st.integers(1, 500))
def test_every_pool_has_enough_people_and_no_share_is_lost(counts: dict[Combination, int], places: int) -> None:
    shares = [group("a", 50), group("b", 150), group("c", 0), *(province(code, 30) for code in ("31", "32", "33", "34"))]
    formed = form_pools(shares=shares, people=counts, places=places)
    assert all(pool.people >= LEAST_PEOPLE for pool in formed.pools[:-1])
    assert sum(pool.share_permille for pool in formed.pools) == WHOLE_PERMILLE
    assert sum(pool.places for pool in formed.pools) == places
    for place, pool in enumerate(formed.pools[:-1]):
        assert pool.people == sum(count for each, count in counts.items() if place in formed.pools_of[each])
