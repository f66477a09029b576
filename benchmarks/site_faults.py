"""Faults on the site as it is served, with the limits of pages on. After each, every purchase is looked for at both ends.

At one end is who bought: a browser that got the address of its receipt. At the other are the purchase, its one transfer and,
after all of them, what the person's page and the provider's account hold.
"""

import random
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final
from urllib.parse import quote

import psutil
import psycopg

from fault_proxy import Proxy, proxied
from fault_stage import ACCEPTED_ON, INCENTIVE_IDR, TRAINING_IDR, Stage, at, require_exact
from harness import fresh_copy, make_database, use_database
from site_stage import DATABASE, PRICES_IDR, TEMPLATE, Order, Person, Reply, Site, prepare_people, served

SMALL_WAVE_PEOPLE: Final = 5
_PATIENCE_SECONDS: Final = 180.0
_AGAIN_SECONDS: Final = 0.05
_HELD_SECONDS: Final = 3.6
"""Longer than a page waits for a lock."""
_TRY_AGAIN: Final = frozenset({0, 503})
"""Nothing came back, or a page that says that it is not known whether anything was done."""
_IN_FORM: Final = 40
"""So many bytes of a form's body are sent where it stalls."""


@dataclass
class Scene:
    """A served site, what is left to be bought, and what was."""

    stage: Stage
    site: Site
    proxy: Proxy
    left: Iterator[Order]
    buyers: ThreadPoolExecutor
    bought: list[Order] = field(default_factory=list)
    replies: Counter[int] = field(default_factory=Counter)
    runs: list[Any] = field(default_factory=list)

    def orders(self, count: int) -> list[Order]:
        """Some purchases that nobody has asked for yet."""
        return [next(self.left) for _ in range(count)]

    def buy(self, order: Order) -> str:
        """Send a form until its receipt is there; return the receipt's address."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while (reply := self.once(order)).status != 303:
            if reply.status not in _TRY_AGAIN or time.monotonic() > deadline:
                self.stage.expect(False, f"a purchase was answered with {reply.status}: {reply.body[-300:]}")
            time.sleep(_AGAIN_SECONDS)
        return reply.location

    def once(self, order: Order) -> Reply:
        reply = self.site.order(order)
        self.replies[reply.status] += 1
        return reply

    @contextmanager
    def buying(self, count: int) -> Iterator[None]:
        """Let so many people buy while the block injects its fault; then look at what they have."""
        orders = self.orders(count)
        asked = [self.buyers.submit(self.buy, order) for order in orders]
        try:
            yield
        finally:
            receipts = [each.result() for each in asked]
        for order, receipt in zip(orders, receipts, strict=True):
            self.require_bought(order, receipt)

    def require_bought(self, order: Order, receipt: str) -> None:
        """There is one purchase of this form, with one transfer of its price, and it is the one that the person was sent to."""
        from bekal.ledger.accounts import training_account
        from bekal.ledger.models import Transfer
        from bekal.purchases.keys import buy_key
        from bekal.purchases.models import Purchase

        found = list(Purchase.objects.filter(request_key=order.key).values_list("public_id", "price_idr", "enrolment_id"))
        self.stage.expect(len(found) == 1, f"{len(found)} purchases of one form")
        ((public_id, price_idr, enrolment),) = found
        self.stage.expect((price_idr, enrolment) == (order.price_idr, order.person.enrolment), "another's purchase, or price")
        self.stage.expect(str(public_id) in receipt, f"the receipt is {receipt}, the purchase {public_id}")
        rows = Transfer.objects.filter(owner=training_account(order.person.number), key=buy_key(public_id))
        amounts = list(rows.values_list("amount_idr", flat=True))
        self.stage.expect(amounts == [order.price_idr], f"a purchase of {order.price_idr} moved {amounts}")
        self.bought.append(order)


def killed_pages(scene: Scene) -> int:
    """A process that serves pages is killed while people buy."""
    with scene.buying(2):
        time.sleep(scene.stage.draw.uniform(0, 0.1))
        return _kill(scene, "bekal.config.site")


def killed_worker(scene: Scene) -> int:
    """A run is approved, and the worker killed about when it takes it; some worker finishes it."""
    from bekal.ledger.runs.services import approve_run
    from bekal.participants.grants import propose_grant
    from bekal.simulation.people import make_people
    from bekal.simulation.wave import Office, accept_people, open_funded_wave
    from fault_stage import officer

    office = Office(operator=officer("operator"), approver=officer("approver"))
    number = len(scene.runs) + 2
    with at(ACCEPTED_ON):
        wave = open_funded_wave(
            number=number, accepted_on=ACCEPTED_ON, places=SMALL_WAVE_PEOPLE, reference=f"wave-{number}", office=office
        )
        people = make_people(count=SMALL_WAVE_PEOPLE, seed=1000 + number, day=ACCEPTED_ON)
        accept_people(wave=wave, people=people)
        run = propose_grant(wave=wave, proposer=office.operator)
    scene.runs.append(approve_run(run=run, approver=office.approver))
    time.sleep(scene.stage.draw.uniform(0, 0.3))
    return _kill(scene, "worker")


def _kill(scene: Scene, name: str) -> int:
    """Kill one of the site's processes with this name among its arguments; return how many, since it may have ended by itself."""
    family = psutil.Process(scene.site.pid).children(recursive=True)
    found = []
    for process in family:
        with suppress(psutil.NoSuchProcess):
            if any(name in argument for argument in process.cmdline()) or (name != "worker" and _serves(process)):
                found.append(process)
    if not found:
        return 0
    with suppress(psutil.NoSuchProcess):
        scene.stage.draw.choice(found).send_signal(signal.SIGKILL)
        return 1
    return 0


def _serves(process: psutil.Process) -> bool:
    """Whether a process was forked by one that serves pages."""
    parent = process.parent()
    return parent is not None and any("bekal.config.site" in argument for argument in parent.cmdline())


def cut_commits(scene: Scene) -> int:
    """The connection to the database is cut before a purchase is committed, or after that and before the site hears of it."""
    with scene.buying(1):
        before = scene.proxy.cuts
        scene.proxy.cut(scene.stage.draw.choice(("before", "after")), committing=b"purchases_pay")
    return scene.proxy.cuts - before


def dropped_connections(scene: Scene) -> int:
    """The network to the database goes away for everybody at once."""
    with scene.buying(3):
        time.sleep(scene.stage.draw.uniform(0, 0.08))
        return int(scene.proxy.drop() > 0)


def ended_backends(scene: Scene) -> int:
    """PostgreSQL ends a session of the site, as an administrator or a lack of memory would."""
    with scene.buying(2), psycopg.connect(scene.stage.server.url(DATABASE), autocommit=True) as connection:
        time.sleep(scene.stage.draw.uniform(0, 0.08))
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid NOT IN (pg_backend_pid(), %s) AND backend_type = 'client backend' ORDER BY random() LIMIT 1)",
            [_own_backend()],
        ).rowcount
    return int(ended > 0)


def _own_backend() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def crashed_server(scene: Scene) -> int:
    """PostgreSQL stops at once while people buy, and recovers."""
    with scene.buying(3):
        time.sleep(scene.stage.draw.uniform(0, 0.1))
        scene.stage.server.stop("immediate")
        scene.stage.restart()
    return 1


def held_rows(scene: Scene) -> int:
    """Somebody holds the row of an account for longer than a page waits; another buys meanwhile, the first one afterwards."""
    from bekal.ledger.accounts import training_account

    stuck, free = scene.orders(1)[0], scene.orders(1)[0]
    while free.person == stuck.person:
        free = scene.orders(1)[0]
    with psycopg.connect(scene.stage.server.url(DATABASE)) as holder:
        holder.execute("SELECT FROM ledger_balance WHERE owner = %s FOR UPDATE", [training_account(stuck.person.number)])
        waiting = scene.buyers.submit(scene.once, stuck)
        began = time.monotonic()
        scene.require_bought(free, scene.buy(free))
        time.sleep(max(0.0, _HELD_SECONDS - (time.monotonic() - began)))
        scene.stage.expect(waiting.result().status == 503, f"a held row was answered with {waiting.result().status}")
    scene.require_bought(stuck, scene.buy(stuck))
    return 1


def doubled_forms(scene: Scene) -> int:
    """One form is sent four times at once, as by a person who clicks again and again: all get the same receipt."""
    (order,) = scene.orders(1)
    receipts = {each.result() for each in [scene.buyers.submit(scene.buy, order) for _ in range(4)]}
    scene.stage.expect(len(receipts) == 1, f"one form has the receipts {receipts}")
    scene.require_bought(order, receipts.pop())
    return 1


def unheard_answers(scene: Scene) -> int:
    """The browser is gone before the answer; it asks again with the same form."""
    (order,) = scene.orders(1)
    with closing(_connected(scene)) as connection:
        with suppress(OSError):  # the process that took it was just killed
            connection.sendall(scene.site.open_form(order))
        time.sleep(scene.stage.draw.uniform(0, 0.05))
    scene.require_bought(order, scene.buy(order))
    return 1


def _connected(scene: Scene) -> socket.socket:
    """A connection to the site, once a process takes it."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return socket.create_connection(("127.0.0.1", scene.site.port))
        except OSError:
            scene.stage.expect(time.monotonic() < deadline, "nobody takes connections any more")
            time.sleep(_AGAIN_SECONDS)


def stalled_bodies(scene: Scene) -> int:
    """Forms of which only the beginning comes, and which break off then: nothing is bought by them."""
    from bekal.purchases.models import Purchase

    orders = scene.orders(3)
    with ExitStack() as stack:
        for order in orders:
            connection = stack.enter_context(closing(_connected(scene)))
            head, _, body = scene.site.open_form(order).partition(b"\r\n\r\n")
            with suppress(OSError):
                connection.sendall(head + b"\r\n\r\n" + body[: scene.stage.draw.randint(0, _IN_FORM)])
        with scene.buying(1):
            pass
    asked = Purchase.objects.filter(request_key__in=[order.key for order in orders])
    scene.stage.expect(not asked.exists(), "the beginning of a form bought")
    for order in orders[:1]:
        scene.require_bought(order, scene.buy(order))
    return 1


SCENES: Final[dict[Callable[[Scene], int], tuple[int, int]]] = {
    killed_pages: (60, 1),
    killed_worker: (40, 1),
    cut_commits: (130, 2),
    dropped_connections: (45, 1),
    ended_backends: (65, 1),
    crashed_server: (15, 1),
    held_rows: (20, 1),
    doubled_forms: (50, 1),
    unheard_answers: (50, 1),
    stalled_bodies: (45, 1),
}
"""How often each is played at full size, and with --quick."""


def play(stage: Stage, *, quick: bool, run: Callable[[str, Callable[[], int]], None]) -> dict[str, object]:
    """Play every scene on one served site, in an order of chance; what was asked and answered.

    Args:
        run: plays one scene by its name and notes what was violated.
    """
    people = prepare_site(stage, people=8 if quick else 120)
    order = [scene for scene, times in SCENES.items() for _ in range(times[quick])]
    stage.draw.shuffle(order)
    url = stage.server.url(DATABASE)
    with proxied(stage.server.socket_dir) as proxy:
        through = f"postgresql://bekal@/{DATABASE}?host={quote(str(proxy.folder), safe='')}&port=5432"
        log = stage.home / "site.log"
        with served(through, log=log) as site, ThreadPoolExecutor(8) as buyers:
            use_database(url)
            scene = Scene(stage, site, proxy, _orders(people, stage.draw), buyers)
            for each in order:
                run(each.__name__.replace("_", " "), partial(each, scene))
            run("at the end", partial(_at_the_end, scene, people))
    return {
        "purchases": len(scene.bought),
        "runs": len(scene.runs),
        "answers": {str(status): times for status, times in sorted(scene.replies.items())},
        "failures_logged": log.read_text().count('"event": "a request failed"'),
    }


def prepare_site(stage: Stage, *, people: int) -> list[Person]:
    """A database of its own with so many people, in use."""
    make_database(stage.server.url(TEMPLATE))
    made = prepare_people(people)
    use_database(fresh_copy(stage.server, template=TEMPLATE, name=DATABASE))
    return made


def _orders(people: list[Person], draw: random.Random) -> Iterator[Order]:
    """Every training once for every person, in an order of chance."""
    everything = [Order(person, f"T-{price_idr}", price_idr) for person in people for price_idr in PRICES_IDR]
    draw.shuffle(everything)
    yield from everything


def _at_the_end(scene: Scene, people: list[Person]) -> int:
    """All runs end; every page and every provider's account says what was bought, and nothing else."""
    from django.db.models import Sum

    from bekal.catalogue.models import Provider
    from bekal.ledger.accounts import escrow_pool
    from bekal.ledger.models import Transfer
    from bekal.purchases.models import Purchase

    expect = scene.stage.expect
    deadline = time.monotonic() + _PATIENCE_SECONDS
    for run in scene.runs:
        while run.state != "finished" and time.monotonic() < deadline:
            time.sleep(0.2)
            run.refresh_from_db()
        moved_idr = Transfer.objects.filter(run=run.pk).aggregate(total=Sum("amount_idr"))["total"]
        wanted_idr = SMALL_WAVE_PEOPLE * (TRAINING_IDR + INCENTIVE_IDR)
        expect((run.state, moved_idr) == ("finished", wanted_idr), f"a run is {run.state} with {moved_idr}")
    expect(Purchase.objects.count() == len(scene.bought), f"{Purchase.objects.count()} purchases, {len(scene.bought)} receipts")
    spent_idr: Counter[Person] = Counter()
    earned_idr: Counter[int] = Counter()
    for order in scene.bought:
        spent_idr[order.person] += order.price_idr
        earned_idr[order.price_idr] += order.price_idr
    for person in people:
        shown_idr = scene.site.balance_idr(person)
        expect(shown_idr == TRAINING_IDR - spent_idr[person], f"a page shows {shown_idr} after {spent_idr[person]} were spent")
    for provider in Provider.objects.all():
        price_idr = int(provider.name.split()[-1])
        pool = escrow_pool(provider.number)
        moved_idr = Transfer.objects.filter(credit=pool).aggregate(total=Sum("amount_idr"))["total"] or 0
        expect(moved_idr == earned_idr[price_idr], f"{provider.name} has {moved_idr} of {earned_idr[price_idr]}")
    require_exact(scene.stage)
    return 0
