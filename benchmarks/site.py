"""What the served site bears while some readers hold it up, and while somebody guesses at a password.

    python benchmarks/site.py [--quick] [--json] [--part PART] [--rounds N] [--merge FILE …]

`slow-bodies`: 64 connections send forms a byte a second, and somebody holds the row of one account, whose owner asks again and
again from three browsers. Meanwhile other people open pages and buy. `passwords`: 10,000 wrong passwords for one account from 50
addresses and under 20 names of the site, while the owner comes in again and again in a browser that is known. A round of the full
size takes about half a minute and three minutes.
"""

import itertools
import random
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from bekal.config.postgres import Server
from harness import Goal, Samples, at_least, at_most, fresh_copy, fresh_server, make_database, run_benchmark, use_database
from site_stage import DATABASE, PASSWORD, PRICES_IDR, TEMPLATE, Order, Person, Reply, Site, prepare_people, served

_SLOW_BODIES: Final = 64
_STUCK_BROWSERS: Final = 3
_STUCK_FORMS: Final = 6
_READERS: Final = 4
_BUYERS: Final = 2
_MOST_SECONDS: Final = 1.0
_ADDRESSES: Final = 50
_HOSTS: Final = tuple(f"bekal-{number}.example" for number in range(20))
_GUESSERS: Final = 16
_OWNER_PAUSE_SECONDS: Final = 3.0
_MOST_JUDGED: Final = 30
_NO_ROOM: Final = frozenset({0, 503})
"""Nothing came back, or a page that says to try again: of a machine that has too much to do, not of the password."""
_JAM: Final = "slow bodies and a stuck row"
_GUESSED: Final = "wrong passwords"


@dataclass(frozen=True, slots=True)
class _Sizes:
    people: int
    jam_seconds: float
    guesses: int


_FULL: Final = _Sizes(people=60, jam_seconds=20.0, guesses=10_000)
_QUICK: Final = _Sizes(people=8, jam_seconds=1.0, guesses=60)


def measured(parts: Sequence[str], *, quick: bool, rounds: int) -> tuple[Samples, dict[str, object]]:
    """Each part as often as there are rounds, on a database and a site of its own each time."""
    sizes, samples = _QUICK if quick else _FULL, Samples()
    with fresh_server() as server:
        make_database(server.url(TEMPLATE))
        people = prepare_people(sizes.people)
        for _ in range(rounds):
            for part in parts:
                title, measure = _PARTS[part]
                for name, value in measure(server, people, sizes).items():
                    samples.setdefault(title, {}).setdefault(name, []).append(value)
    return samples, {}


@contextmanager
def _fresh_site(server: Server, **variables: str) -> Iterator[Site]:
    url = fresh_copy(server, template=TEMPLATE, name=DATABASE)
    use_database(url)
    with served(url, log=Path(server.data_dir.parent) / "site.log", **variables) as site:
        yield site
    use_database(server.url(TEMPLATE))


def jam(server: Server, people: Sequence[Person], sizes: _Sizes) -> dict[str, float]:
    """How long pages of others take, in seconds at the 95th percentile, while bodies are slow and a row is stuck."""
    from bekal.ledger.accounts import training_account

    stuck, *others = people
    with _fresh_site(server) as site, ExitStack() as stack, psycopg.connect(server.url(DATABASE)) as holder:
        _warm(site, others)
        holder.execute("SELECT FROM ledger_balance WHERE owner = %s FOR UPDATE", [training_account(stuck.number)])
        ended = threading.Event()
        hold_up = stack.enter_context(ThreadPoolExecutor(1 + _STUCK_BROWSERS * _STUCK_FORMS))
        stack.callback(ended.set)
        hold_up.submit(_trickle, site, ended)
        browsers = _browsers_of(stuck, _STUCK_BROWSERS)
        for browser in browsers:
            for _ in range(_STUCK_FORMS):
                hold_up.submit(_ask_in_vain, site, browser, ended)
        time.sleep(0.5)
        until = time.monotonic() + sizes.jam_seconds
        with ThreadPoolExecutor(_READERS + _BUYERS) as crowd:
            reading = [crowd.submit(_read, site, others[place::_READERS], until) for place in range(_READERS)]
            buying = [crowd.submit(_buy, site, others[place::_BUYERS], until) for place in range(_BUYERS)]
        read = [each for future in reading for each in future.result()]
        bought = [each for future in buying for each in future.result()]
        ended.set()
        holder.rollback()
    return {
        "GET, p95 seconds": _p95(read),
        "POST, p95 seconds": _p95(bought),
        "pages": float(len(read)),
        "purchases": float(len(bought)),
    }


def _warm(site: Site, people: Sequence[Person]) -> None:
    """Let every process have made each page once, as one that has served for a while has."""
    for person in list(people[:8]) * 2:
        for path in _pages():
            _expect(site.ask("GET", path, person=person).status, 200)


def _pages() -> tuple[str, ...]:
    return "/", "/catalogue/", f"/catalogue/T-{PRICES_IDR[0]}/", "/balance/"


def _browsers_of(person: Person, count: int) -> list[Person]:
    """So many sessions of one person."""
    from bekal.participants.models import Enrolment
    from dashboard_stage import session_of

    user = Enrolment.objects.select_related("participant__user").get(pk=person.enrolment).participant.user
    assert user is not None
    return [Person(person.enrolment, person.number, person.email, session_of(user, ahead=True)) for _ in range(count)]


def _trickle(site: Site, ended: threading.Event) -> None:
    """Keep forms coming a byte a second; one that is refused is begun anew."""
    slow: list[socket.socket] = []
    while not ended.wait(1):
        for connection in list(slow):
            try:
                connection.sendall(b"x")
            except OSError:
                slow.remove(connection)
        while len(slow) < _SLOW_BODIES:
            connection = socket.create_connection(("127.0.0.1", site.port))
            connection.sendall(b"POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5000\r\n\r\nx")
            slow.append(connection)
    for connection in slow:
        connection.close()


def _ask_in_vain(site: Site, browser: Person, ended: threading.Event) -> None:
    order = Order(browser, f"T-{PRICES_IDR[0]}", PRICES_IDR[0])
    while not ended.is_set():
        _expect(site.order(order).status, 503, 303, 0)


def _read(site: Site, people: Sequence[Person], until: float) -> list[float]:
    took = []
    for person, path in ((person, path) for person in itertools.cycle(people) for path in _pages()):
        if time.monotonic() > until:
            break
        began = time.monotonic()
        _expect(site.ask("GET", path, person=person).status, 200)
        took.append(time.monotonic() - began)
    return took


def _buy(site: Site, people: Sequence[Person], until: float) -> list[float]:
    took = []
    for price_idr, person in itertools.product(PRICES_IDR, people):
        if time.monotonic() > until:
            break
        began = time.monotonic()
        _expect(site.order(Order(person, f"T-{price_idr}", price_idr)).status, 303)
        took.append(time.monotonic() - began)
        time.sleep(0.05)
    return took


def guess(server: Server, people: Sequence[Person], sizes: _Sizes) -> dict[str, float]:
    """How many of the wrong passwords were judged, and how often the owner came in at the first try."""
    from bekal.access.models import Try
    from bekal.participants.models import Enrolment

    owner = people[0]
    user = Enrolment.objects.select_related("participant__user").get(pk=owner.enrolment).participant.user
    assert user is not None
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    variables = {"BEKAL_TRUSTED_PROXIES": "127.0.0.1", "BEKAL_ALLOWED_HOSTS": ",".join(("127.0.0.1", *_HOSTS))}
    with _fresh_site(server, **variables) as site:
        first = _log_in(site, owner.email, cookies={})
        _expect(first.status, 302)
        known = {"bekal_browser": first.cookies["bekal_browser"]}
        began = time.monotonic()
        ended = threading.Event()
        with ThreadPoolExecutor(1 + _GUESSERS) as pool:
            coming = pool.submit(_come_in, site, owner.email, known, ended)
            try:
                guesses = list(pool.map(lambda number: _guess(site, owner.email, number), range(sizes.guesses)))
            finally:
                ended.set()
            answers = coming.result()
        seconds = time.monotonic() - began
        answers.append(_log_in(site, owner.email, cookies=known).status)
        judged = Try.objects.count()
    return {
        "judged": float(judged),
        "refused without being judged": float(guesses.count(True)),
        "owner's tries": float(len(answers)),
        "owner's tries that were refused": float(sum(status not in {302, *_NO_ROOM} for status in answers)),
        "owner's tries that the site had no room for": float(sum(status in _NO_ROOM for status in answers)),
        "seconds": seconds,
    }


def _guess(site: Site, email: str, number: int) -> bool:
    """Try a wrong password until the site has room for it; whether it says that it was not judged."""
    draw = random.Random(number)
    headers = {
        "X-Forwarded-For": f"198.51.{draw.randrange(_ADDRESSES)}.{draw.randrange(1, 255)}",
        "Host": f"{draw.choice(_HOSTS)}:{draw.randrange(1024, 65_535)}",
        "Accept-Language": "en",
    }
    fields = {"login": email, "password": f"guess-{number}"}
    while True:
        reply = site.ask("POST", "/accounts/login/", fields=fields, headers=headers, cookies={"django_language": "en"})
        if reply.status not in _NO_ROOM:
            break
        time.sleep(0.2)
    _expect(reply.status, 200, 429)
    return "Too many wrong tries" in reply.body


def _log_in(site: Site, email: str, *, cookies: dict[str, str]) -> Reply:
    """Type the right password."""
    fields = {"login": email, "password": PASSWORD}
    headers = {"X-Forwarded-For": "203.0.113.7"}
    return site.ask("POST", "/accounts/login/", fields=fields, headers=headers, cookies=cookies)


def _come_in(site: Site, email: str, known: dict[str, str], ended: threading.Event) -> list[int]:
    """Log in every few seconds; how each try was answered."""
    answers: list[int] = []
    while not ended.wait(_OWNER_PAUSE_SECONDS if answers else _OWNER_PAUSE_SECONDS / 10):
        answers.append(_log_in(site, email, cookies=known).status)
    return answers


def _p95(seconds: Sequence[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]


def _expect(status: int, *allowed: int) -> None:
    if status not in allowed:
        raise RuntimeError(f"answered with {status}, not {allowed}")


def judge(samples: Samples) -> list[Goal]:
    """The figures beside what they should be, each at its worst."""
    goals = []
    if found := samples.get(_JAM):
        for name in ("GET, p95 seconds", "POST, p95 seconds"):
            goals.append(at_most(f"{_JAM}: {name}", _MOST_SECONDS, max(found[name])))
    if found := samples.get(_GUESSED):
        goals.append(at_most(f"{_GUESSED}: judged", _MOST_JUDGED, max(found["judged"])))
        goals.append(at_least(f"{_GUESSED}: owner's tries", 1, min(found["owner's tries"])))
        goals.append(at_most(f"{_GUESSED}: owner's tries that were refused", 0, max(found["owner's tries that were refused"])))
    return goals


_PARTS: Final[dict[str, tuple[str, Callable[[Server, Sequence[Person], _Sizes], dict[str, float]]]]] = {
    "slow-bodies": (_JAM, jam),
    "passwords": (_GUESSED, guess),
}


if __name__ == "__main__":
    raise SystemExit(run_benchmark(description=__doc__, parts=list(_PARTS), measured=measured, judge=judge))
