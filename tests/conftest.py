"""One PostgreSQL for each process of a run, the engine that users get."""

import gc
import os
from collections.abc import Generator, Iterator
from contextlib import nullcontext
from itertools import count
from pathlib import Path
from typing import Any, Final

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.test.utils import setup_databases, teardown_databases

from bekal.config.databases import connection_settings
from bekal.config.postgres import Server, clone_database, drop_database, ensure_database, running_server
from tests.turns import turn

_PAGES: Final = Path(__file__).parent / "web"
_clones = count(1)

# A deadline measures the machine; what must be fast has a test of its own.
hypothesis.settings.register_profile("bekal", deadline=None)
hypothesis.settings.load_profile("bekal")


def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are processors: tests wait for servers, browsers and clocks."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The order of a run of several processes, each of which begins with its share and takes over from others at the end.

    What runs alone comes first, while the other processes have short tests for which nobody waits long. Files with long tests
    come next, the longest first, so that none of them is left over for one process when the others have nothing more to do.
    Last come the pages, so that the grounds on which they stand are built by one process.
    """
    long: dict[Path, int] = {}
    for item in items:
        if (mark := item.get_closest_marker("slow")) is not None:
            long[item.path] = max(long.get(item.path, 0), mark.kwargs.get("seconds", 0))
    files = {path: number for number, path in enumerate(dict.fromkeys(item.path for item in items))}

    def place(item: pytest.Item) -> tuple[int, int, int]:
        if _is_alone(item):
            return 0, 0, files[item.path]
        if _PAGES in item.path.parents:
            return 3, 0, files[item.path]
        return 1 if item.path in long else 2, -long.get(item.path, 0), files[item.path]

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """What is loaded by now lives to the end: the collector of garbage need not look through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """A test waits for its turn once; one that runs alone waits before each phase, since only what it measures needs quiet."""
    with nullcontext() if _is_alone(item) else turn(alone=False):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    with turn(alone=False) if _is_alone(item) else nullcontext():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    with turn(alone=True) if _is_alone(item) else nullcontext():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    with turn(alone=False) if _is_alone(item) else nullcontext():
        return (yield)


def _is_alone(item: pytest.Item) -> bool:
    return item.get_closest_marker("alone") is not None


@pytest.fixture(autouse=True)
def _nothing_cached() -> None:
    """The cache is this process's memory, which no database undoes."""
    cache.clear()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """The embedded server of this run, without durability, in a home of its own."""
    with running_server(settings.BEKAL_HOME, durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def django_db_modify_db_settings(postgres: Server) -> None:
    """Point Django at that server before the test database is made."""
    ensure_database(postgres.url("postgres"))
    connect_to(postgres, "postgres")


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any, django_db_modify_db_settings: None) -> Iterator[None]:
    """The migrated test database; pytest-django's own fixture makes none where every test uses `committed_database`."""
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False)
    yield
    with django_db_blocker.unblock():
        teardown_databases(made, verbosity=0)


@pytest.fixture
def committed_database(
    django_db_setup: None, django_db_blocker: Any, postgres: Server, request: pytest.FixtureRequest
) -> Iterator[str]:
    """A clone of the migrated test database in which commits are real, for one test; yields its address.

    The ledger refuses TRUNCATE, so a committing test gets a database of its own instead of a flush.
    """
    template = connections["default"].settings_dict["NAME"]
    clone = f"{template}_clone_{next(_clones)}"
    with django_db_blocker.unblock():
        connections["default"].close()
        clone_database(postgres.url(clone), template=template)
        connect_to(postgres, clone)
        try:
            yield postgres.url(clone)
        finally:
            connections["default"].close()
            connect_to(postgres, template)
            drop_database(postgres.url(clone))


def connect_to(server: Server, database: str) -> None:
    wanted = connection_settings(server.url(database))
    live = connections["default"].settings_dict
    live.update({name: wanted[name] for name in ("NAME", "USER", "HOST")})
