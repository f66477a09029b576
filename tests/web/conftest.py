"""A small programme on a fixed day, built once, and clients for its people."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from django.db import connections, transaction
from django.test import Client, override_settings
from playwright.sync_api import Browser
from pytest_django import DjangoDbBlocker, Settings

from bekal.access.models import User
from bekal.config.postgres import Server
from bekal.core.services import start_demo_clock
from bekal.messages.channels.sms.standin import StandIn, running
from bekal.participants.models import Enrolment
from bekal.recommender.training.services import train_model
from tests.builders import on
from tests.messages.phones import used_stand_in
from tests.web.browsing import Launch, Site, running_browsers, served
from tests.web.fonts import WIDE
from tests.web.grounds import Ground, connected, copy_database, lay_ground, let_go
from tests.web.pages import RenderedPage, every_page
from tests.web.village import TODAY, Village, add_neighbours, address_with_password, build_village, login_of

Visit = Callable[[Enrolment | User | None], Client]
Laid = Callable[..., Ground[Any]]

# Passwords that are quick to check; a site in processes of its own has the settings that users get.
_HASHERS: Final = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def lay(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, postgres: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Laid]:
    """Lays a ground of the given name on another one, or on the empty database."""

    def laid(name: str, build: Callable[[], object], *, on: Ground[Any] | None = None, home: Path | None = None) -> Ground[Any]:
        template = on.database if on else connections["default"].settings_dict["NAME"]
        with django_db_blocker.unblock():
            connections["default"].close()
            folder = home or tmp_path_factory.mktemp(name)
            return lay_ground(postgres, database=f"web_{name}", template=template, home=folder, build=build)

    yield laid
    let_go()


@pytest.fixture(scope="session")
def village_ground(lay: Laid) -> Ground[Village]:
    """The village, with nothing that a model could learn from."""
    return lay("village", transaction.atomic(build_village))


@pytest.fixture(scope="session")
def trained_ground(lay: Laid, village_ground: Ground[Village]) -> Ground[Village]:
    """The village with a model that has learnt from its purchases and those of an earlier wave."""

    def build() -> Village:
        village = copy.deepcopy(village_ground.built)
        with on(TODAY):
            with transaction.atomic():
                add_neighbours(village)
            train_model()
        return village

    return lay("trained", build, on=village_ground)


_GROUNDS: Final = ("alone", "trained", "village")


@pytest.fixture(autouse=True)
def ground(request: pytest.FixtureRequest, postgres: Server, settings: Settings) -> Iterator[Ground[Any] | None]:
    """The database in which a test works, by the fixture that it takes; None for the empty one.

    It is chosen before `db` begins the transaction in which the test is undone. The mark `django_db` would begin it earlier
    still: tests here take the fixture instead.
    """
    if "site" not in request.fixturenames:
        settings.PASSWORD_HASHERS = _HASHERS
    name = next((name for name in _GROUNDS if name in request.fixturenames), None)
    if name is None:
        yield None
        return
    assert not connections["default"].in_atomic_block, "take the fixture `db` instead of the mark `django_db`"
    found = request.getfixturevalue(f"{name}_ground")
    settings.BEKAL_HOME = found.home
    with connected(postgres, found.database, again=True):
        yield found


@pytest.fixture
def village(ground: Ground[Village], db: None) -> Iterator[Village]:
    """The village on `TODAY`; a test that needs another day goes there with `on`."""
    with on(TODAY):
        yield copy.deepcopy(ground.built)


@pytest.fixture
def trained(ground: Ground[Village], db: None) -> Iterator[Village]:
    """The village of `village`, with a model."""
    with on(TODAY):
        yield copy.deepcopy(ground.built)


@pytest.fixture
def visit() -> Visit:
    """A browser of someone who is logged in, without having typed a password lately; of nobody when None."""

    def client(who: Enrolment | User | None = None) -> Client:
        browser = Client()
        if who is not None:
            browser.force_login(login_of(who) if isinstance(who, Enrolment) else who)
        return browser

    return client


@pytest.fixture
def gateway(settings: Settings) -> Iterator[StandIn]:
    """A stand-in for the SMS gateway, which this installation is set to use."""
    with used_stand_in(settings) as stand_in:
        yield stand_in


@pytest.fixture(scope="session")
def rendered(
    trained_ground: Ground[Village], postgres: Server, django_db_blocker: DjangoDbBlocker
) -> dict[str, dict[str, RenderedPage]]:
    """Every page in every state of it, by language and name; `web_pages_<language>` is the database as they left it."""
    found = {}
    quick = override_settings(BEKAL_HOME=trained_ground.home, PASSWORD_HASHERS=_HASHERS)
    for language in ("id", "en"):
        database = f"web_pages_{language}"
        copy_database(postgres, database=database, template=trained_ground.database)
        with django_db_blocker.unblock(), connected(postgres, database), quick, on(TODAY):
            found[language] = dict(every_page(copy.deepcopy(trained_ground.built), language))
    return found


@dataclass(frozen=True, slots=True)
class _Host:
    """A running site with its stand-in, and the ground from which its database is made anew for each test."""

    url: str
    phones: StandIn
    database: str
    ground: Ground[Village]


@pytest.fixture(scope="session")
def _host(lay: Laid, trained_ground: Ground[Village], postgres: Server) -> Iterator[_Host]:
    def open_to_visitors() -> Village:
        village = copy.deepcopy(trained_ground.built)
        for person in (village.sari, village.dewi, village.budi):
            address_with_password(person)
        start_demo_clock(day=TODAY)
        return village

    ground = lay("served", open_to_visitors, on=trained_ground, home=trained_ground.home)
    address = postgres.url("web_site")
    copy_database(postgres, database="web_site", template=ground.database)
    with running(secret="rahasia-uji-" * 4) as phones:
        set_to = served(database=address, home=ground.home, BEKAL_SMS_URL=phones.url, BEKAL_SMS_SECRET=phones.secret)
        with set_to as url:
            phones.report_to = f"{url}/gateways/sms/reports/"
            yield _Host(url=url, phones=phones, database="web_site", ground=ground)


@pytest.fixture
def site(_host: _Host, postgres: Server, django_db_blocker: DjangoDbBlocker) -> Iterator[Site]:
    """The trained village on `TODAY`, served. The server runs for all tests; behind it is a new database for each."""
    copy_database(postgres, database=_host.database, template=_host.ground.database)
    with django_db_blocker.unblock(), connected(postgres, _host.database):
        yield Site(url=_host.url, village=copy.deepcopy(_host.ground.built), phones=_host.phones)


@pytest.fixture(scope="module")
def browsers(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launch]:
    """Real browsers, one for each family of fonts.

    Their driver runs an event loop in this thread, so it must not outlive the module. Django must not take it for its own, and
    keeps another connection for it: the one from before is closed, or no database could be cloned.
    """
    connections.close_all()
    with pytest.MonkeyPatch.context() as patch, running_browsers(tmp_path_factory) as launch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield launch
        connections.close_all()


@pytest.fixture
def chromium(browsers: Launch) -> Iterator[Browser]:
    """A real browser on a machine whose fonts are the widest; what a test opened in it is closed at the end."""
    browser = browsers(WIDE)
    yield browser
    for context in browser.contexts:
        context.close()
