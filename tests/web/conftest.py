"""A small programme on a fixed day, and clients for its people."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connections, transaction
from django.test import Client
from playwright.sync_api import Browser
from pytest_django import Settings

from bekal.access.models import User
from bekal.core.services import start_demo_clock
from bekal.participants.models import Enrolment
from bekal.recommender.training.services import train_model
from tests.builders import on
from tests.web.browsing import Site, running_chromium, served
from tests.web.village import PASSWORD, TODAY, Village, add_neighbours, build_village, login_of

Visit = Callable[[Enrolment | User | None], Client]


@pytest.fixture
def _own_settings(settings: Settings, tmp_path: Path) -> None:
    """No model but the one that a test trains; passwords that are quick to check."""
    settings.BEKAL_HOME = tmp_path
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def village(db: None, _own_settings: None) -> Iterator[Village]:
    """The village on `TODAY`; whoever needs another day goes there with `on`."""
    built = build_village()
    with on(TODAY):
        yield built


@pytest.fixture
def trained(village: Village) -> Village:
    """The village with a model that has learnt from its purchases and those of an earlier wave."""
    add_neighbours(village)
    train_model()
    return village


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
def site(committed_database: str, settings: Settings, tmp_path: Path) -> Iterator[Site]:
    """The village on `TODAY`, served, with a model."""
    settings.BEKAL_HOME = tmp_path
    with transaction.atomic():
        village = build_village(password=PASSWORD)
        add_neighbours(village)
        start_demo_clock(day=TODAY)
    train_model()
    with served(database=committed_database, home=tmp_path) as url:
        yield Site(url=url, village=village)


@pytest.fixture(scope="module")
def chromium(django_db_setup: None) -> Iterator[Browser]:
    """A real browser.

    Its driver runs an event loop in this thread. Django must not take it for its own, and keeps another connection for it: the
    one from before is closed, or no database could be cloned.
    """
    connections.close_all()
    with pytest.MonkeyPatch.context() as patch, running_chromium() as browser:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield browser
        connections.close_all()
