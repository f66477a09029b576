"""What tells a demo from a real programme: a home and a database are made for one of them, and stay with it.

A home that is a demo's holds a file `demo`, a database a row in `core_democlock`, both from before anything else is in them. So a
demo, whose passwords everybody knows, never begins where something real is, though it be only an officer, a catalogue or a key.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import psycopg
from django.core.management import call_command
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from bekal.config.postgres import drop_database, ensure_database, prepare_home
from bekal.core.errors import Refused, Unavailable

_MARK: Final = "demo"
_OF_A_HOME: Final = ("secrets", "data", "models")


class NotADemo(Refused):
    """The home or the database was made for something else."""

    code = "not_a_demo"
    message = _("{place} was not made for a demo. Set BEKAL_HOME to another folder for the demo, and leave DATABASE_URL out.")


class HomeOfADemo(Refused):
    """The home was made for a demo, and the database is none."""

    code = "home_of_a_demo"
    message = _("{place} was made for a demo, and this database is none. Set BEKAL_HOME to another folder for the programme.")


class DemoInUse(Unavailable):
    """What is to be deleted is in use."""

    code = "demo_in_use"
    message = _("The demo is in use. Stop what serves it, then delete it.")


def claim_home(home: Path) -> None:
    """Make a home a demo's if nothing is in it yet.

    Raises:
        NotADemo: something else is. A demo from before homes were marked is known by its database: `claim_database` marks it.
    """
    if is_demo_home(home) or any((home / name).exists() for name in _OF_A_HOME):
        return
    _mark(prepare_home(home))


def is_demo_home(home: Path) -> bool:
    """Whether a home was made for a demo."""
    return (home / _MARK).is_file()


def claim_database(home: Path, url: str) -> Callable[[], None]:
    """Make sure that a database is a demo's, or empty; return what makes an empty one a demo's, once Django is set up.

    Raises:
        NotADemo: the database, or the home, holds something else.
    """
    is_demo, is_empty = _state(url)
    if is_demo:
        if not is_demo_home(home) and not _is_embedded(home, url):
            raise NotADemo(place=home)
        _mark(home)
        return lambda: None
    if not is_empty:
        raise NotADemo(place=_("This database"))
    if not is_demo_home(home):
        raise NotADemo(place=home)
    return _mark_database


def require_own_home(home: Path, url: str) -> None:
    """Make sure that nothing but a demo is in a demo's home: what is deleted with a demo is only a demo's.

    Raises:
        HomeOfADemo: the database is none, though it may be empty.
    """
    if is_demo_home(home) and not _state(url)[0]:
        raise HomeOfADemo(place=home)


def delete_demo(home: Path, url: str) -> None:
    """Delete a demo's database and models, and make the database anew; where there is none yet, do nothing.

    Raises:
        NotADemo: it is something else; nothing is deleted.
        DemoInUse: somebody is connected to it; nothing is deleted.
    """
    claim_database(home, url)
    if not _state(url)[0]:
        return
    with psycopg.connect(url) as own:
        (others,) = own.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        ).fetchone() or (0,)
    if others:
        raise DemoInUse
    drop_database(url)
    ensure_database(url)
    shutil.rmtree(home / "models", ignore_errors=True)


def _is_embedded(home: Path, url: str) -> bool:
    with psycopg.connect(url) as database:
        (folder,) = database.execute("SHOW data_directory").fetchone() or ("",)
    return Path(folder) == home.expanduser().resolve() / "data"


def _state(url: str) -> tuple[bool, bool]:
    """Whether a database is a demo's, and whether nothing at all is in it."""
    with psycopg.connect(url) as database:
        (tables, clock) = database.execute(
            "SELECT count(*), to_regclass('core_democlock') IS NOT NULL FROM pg_class"
            " WHERE relkind IN ('r', 'p') AND relnamespace NOT IN"
            " (SELECT oid FROM pg_namespace WHERE nspname LIKE 'pg\\_%' OR nspname = 'information_schema')"
        ).fetchone() or (0, False)
        is_demo = clock and database.execute("SELECT FROM core_democlock").rowcount == 1
    return is_demo, tables == 0


@transaction.atomic
def _mark_database() -> None:
    """All at once, so that what is killed here leaves an empty database, which is nobody's."""
    call_command("migrate", "core", "0001_initial", verbosity=0, interactive=False)
    from bekal.core.services import mark_as_demo  # noqa: PLC0415 - once the models can be loaded

    mark_as_demo()


def _mark(home: Path) -> None:
    (home / _MARK).touch(mode=0o644)
