"""How often passwords and codes of one account are judged, and who is never held out."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections

from bekal.access import tries
from bekal.access.errors import TooManyTries
from bekal.access.logins import login_name, user_by_login
from bekal.access.models import Act, Encounter, KnownBrowser, Pool, Role, Try, User
from bekal.access.tries import STRANGERS_A_NETWORK, Guessed, Origin, begin_try, come_in, known_browser, take_back
from bekal.core import clock
from tests.builders import make_user

_NOON = datetime(2021, 3, 1, 5, tzinfo=UTC)
_NETWORKS = [f"198.51.{number}.0/24" for number in range(50)]
_HOME = Origin(network="203.0.113.0/24")


@pytest.fixture
def owner(db: None) -> Iterator[User]:
    with clock.at(_NOON):
        yield make_user(Role.PARTICIPANT)


def _whose(account: User | str) -> User | str:
    return account if isinstance(account, User) else user_by_login(login_name(account)) or account


def judged(account: User | str, origin: Origin, *, times: int = 1, guessed: Guessed = Guessed.PASSWORD) -> int:
    """How many of so many tries are judged."""
    count = 0
    for _ in range(times):
        try:
            begin_try(account=_whose(account), guessed=guessed, origin=origin)
        except TooManyTries:
            continue
        count += 1
    return count


def flood(account: User | str, *, times: int = 4) -> int:
    """So many tries from each of fifty networks, one network after the other as they come."""
    return sum(judged(account, Origin(network=network)) for _ in range(times) for network in _NETWORKS)


def test_one_network_has_five_tries_an_hour_at_an_account(owner: User) -> None:
    assert judged(owner, _HOME, times=20) == 5
    with clock.at(_NOON + timedelta(minutes=59)):
        assert judged(owner, _HOME, times=20) == 0
    with clock.at(_NOON + timedelta(minutes=61)):
        assert judged(owner, _HOME, times=20) == 4  # the first one is for a week
    with clock.at(_NOON + timedelta(days=8)):
        assert judged(owner, _HOME, times=20) == 5


def test_fifty_networks_have_twenty_six_together(owner: User) -> None:
    assert flood(owner) == 26
    assert Counter(Try.objects.values_list("pool", flat=True)) == {Pool.FIRST: 20, Pool.OTHER: 6}


def test_in_any_hour_at_most_thirty_are_judged_whoever_tries(owner: User) -> None:
    come_in(user=owner, origin=Origin(network=_NETWORKS[0]))
    come_in(user=owner, origin=Origin(network=_NETWORKS[1]))
    moments = []
    for minutes in range(0, 120, 20):
        with clock.at(_NOON + timedelta(minutes=minutes)):
            moments += [minutes] * flood(owner, times=2 if minutes else 4)
    assert moments.count(0) == 30
    assert max(sum(start <= moment < start + 60 for moment in moments) for start in range(0, 120, 20)) == 30


def pool_of(account: User, origin: Origin) -> str:
    """The allowance from which one more try is taken."""
    return begin_try(account=account, guessed=Guessed.PASSWORD, origin=origin).pool


def test_a_network_is_known_for_half_a_year_after_somebody_came_in(owner: User) -> None:
    come_in(user=owner, origin=_HOME)
    pools = []
    for days in (180, 181):
        with clock.at(_NOON + timedelta(days=days)):
            pools.append(pool_of(owner, _HOME))
    assert pools == [Pool.NETWORK, Pool.FIRST]


def test_a_network_stays_known_though_it_was_tried_from_in_vain_a_week_ago(owner: User) -> None:
    judged(owner, _HOME)
    come_in(user=owner, origin=_HOME)
    pools = []
    for days in (8, 9):  # the first of them clears what is old
        with clock.at(_NOON + timedelta(days=days)):
            pools.append(pool_of(owner, _HOME))
    assert pools == [Pool.NETWORK] * 2


def test_what_known_browsers_try_is_no_strangers(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "STRANGERS_A_NETWORK", 3)
    token = come_in(user=owner, origin=_HOME)
    assert judged(owner, Origin(network=_HOME.network, token=token), times=3) == 3
    assert judged("nobody@example.org", _HOME, times=4) == 3


def test_an_address_that_nobody_has_is_counted_alike(owner: User) -> None:
    assert flood("nobody@example.org", times=2) == 26
    assert judged(owner, _HOME, times=20) == 5


def test_capitals_have_no_count_of_their_own(owner: User) -> None:
    assert judged(owner, _HOME, times=3) + judged((owner.email or "").upper(), _HOME, times=20) == 5


def test_codes_are_counted_apart_from_passwords(owner: User) -> None:
    flood(owner)
    assert judged(owner, _HOME, guessed=Guessed.CODE, times=20) == 5


def test_a_browser_that_is_known_has_tries_of_its_own(owner: User) -> None:
    token = come_in(user=owner, origin=_HOME)
    flood(owner)
    elsewhere = Origin(network=_NETWORKS[7], token=token)
    assert judged(owner, elsewhere) == 1
    assert judged(owner, Origin(network=_NETWORKS[7])) == 0
    assert judged(owner, Origin(network=_NETWORKS[7], token="another")) == 0


def test_a_known_browser_is_known_for_its_own_account_alone(owner: User) -> None:
    other = make_user(Role.PARTICIPANT)
    token = come_in(user=other, origin=_HOME)
    flood(owner)
    assert judged(owner, Origin(network=_NETWORKS[0], token=token)) == 0


def test_one_browser_may_be_known_for_several_accounts(owner: User) -> None:
    other = make_user(Role.PARTICIPANT)
    token = come_in(user=owner, origin=_HOME)
    assert come_in(user=other, origin=Origin(network=_HOME.network, token=token)) == token
    assert [known_browser(user=user, token=token) is not None for user in (owner, other)] == [True, True]


def test_who_guesses_in_a_known_browser_is_a_stranger_afterwards(owner: User) -> None:
    token = come_in(user=owner, origin=Origin(network="192.0.2.0/24"))
    assert judged(owner, Origin(network=_HOME.network, token=token), times=30) == 10 + 5
    assert known_browser(user=owner, token=token) is None
    assert list(Act.objects.order_by("id").values_list("verb", "subject")) == [
        ("login.forget_browser", f"user:{owner.public_id}"),
        ("login.refuse", f"user:{owner.public_id}"),
    ]
    with clock.at(_NOON + timedelta(hours=2)):
        again = come_in(user=owner, origin=Origin(network=_HOME.network, token=token))
    assert again != token
    assert KnownBrowser.objects.get(revoked_at=None).user == owner


def test_a_browser_is_forgotten_after_a_year_without_a_login(owner: User) -> None:
    token = come_in(user=owner, origin=_HOME)
    with clock.at(_NOON + timedelta(days=364)):
        assert known_browser(user=owner, token=token) is not None
    with clock.at(_NOON + timedelta(days=366)):
        assert known_browser(user=owner, token=token) is None


def test_a_network_that_is_known_has_tries_of_its_own(owner: User) -> None:
    come_in(user=owner, origin=_HOME)
    flood(owner)
    assert judged(owner, _HOME) == 1


def test_nobody_is_held_out_for_good_even_from_where_they_never_were(owner: User) -> None:
    """However the fifty time their tries, in the third hour each of them has had the first one that it has in a week."""
    came = []
    for hour in range(6):
        with clock.at(_NOON + timedelta(minutes=61 * hour)):
            flood(owner, times=1)
            came.append(judged(owner, Origin(network=f"100.64.{hour}.0/24")))
    assert came == [0, 0, 1, 1, 1, 1]


def test_what_was_right_counts_nowhere(owner: User) -> None:
    for _ in range(30):
        take_back(begun=begin_try(account=owner, guessed=Guessed.PASSWORD, origin=_HOME))
    assert judged(owner, _HOME, times=20) == 5


def test_one_network_cannot_try_one_password_at_everybody(owner: User) -> None:
    earlier = [Try(account=b"", network=_HOME.network, pool=Pool.FIRST, at=_NOON) for _ in range(STRANGERS_A_NETWORK - 5)]
    Try.objects.bulk_create(earlier)
    assert sum(judged(f"{number}@example.org", _HOME) for number in range(10)) == 5
    assert judged(owner, Origin(network=_HOME.network, token=come_in(user=owner, origin=_HOME))) == 1
    with clock.at(_NOON + timedelta(minutes=61)):
        assert judged("another@example.org", _HOME) == 1


def test_a_refusal_is_logged_once_an_hour(owner: User) -> None:
    judged(owner, _HOME, times=30)
    act = Act.objects.get()
    assert (act.verb, act.actor, act.details) == ("login.refuse", None, {"tried": "password", "network": _HOME.network})
    with clock.at(_NOON + timedelta(minutes=61)):
        judged(owner, _HOME, times=30)
    assert Act.objects.count() == 2


def test_what_is_old_is_cleared_away(owner: User) -> None:
    come_in(user=owner, origin=_HOME)
    flood(owner)
    with clock.at(_NOON + timedelta(days=8)):
        judged(owner, _HOME)
    assert Try.objects.count() == 1
    assert list(Encounter.objects.values_list("network", flat=True).distinct()) == [_HOME.network]


def test_no_address_is_kept(owner: User) -> None:
    judged("Somebody@Example.org", _HOME)
    assert "somebody" not in str([*Try.objects.values(), *Encounter.objects.values()]).lower()


def test_tries_side_by_side_are_counted_each(committed_database: str) -> None:
    def attempt(_number: int) -> int:
        try:
            return judged("sari@example.org", _HOME)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(attempt, range(24))) == 5
