"""What tells a demo from a real programme."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bekal.cli.command import Database
from bekal.config.demo_marks import (
    DemoInUse,
    HomeOfADemo,
    NotADemo,
    claim_database,
    claim_home,
    delete_demo,
    is_demo_home,
    require_own_home,
)
from bekal.config.postgres import Server, drop_database, ensure_database
from bekal.config.preparation import prepared_database


@pytest.fixture
def empty(postgres: Server) -> Iterator[str]:
    url = postgres.url("marks")
    ensure_database(url)
    yield url
    drop_database(url)


def test_an_empty_home_becomes_a_demos_and_stays_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    claim_home(home)
    assert is_demo_home(home)
    (home / "secrets").touch()
    claim_home(home)
    assert is_demo_home(home)


@pytest.mark.parametrize("name", ["secrets", "data", "models"])
def test_a_home_of_something_else_is_never_marked(tmp_path: Path, empty: str, name: str) -> None:
    (tmp_path / name).touch()
    claim_home(tmp_path)
    assert not is_demo_home(tmp_path)
    with pytest.raises(NotADemo, match=str(tmp_path)):
        claim_database(tmp_path, empty)


@pytest.mark.parametrize("statement", ["CREATE TABLE anything ()", "CREATE SCHEMA s; CREATE TABLE s.anything ()"])
def test_a_database_in_which_anything_is_is_refused(tmp_path: Path, empty: str, statement: str) -> None:
    claim_home(tmp_path)
    with psycopg.connect(empty) as database:
        database.execute(statement)
    for attempt in (claim_database, delete_demo):
        with pytest.raises(NotADemo):
            attempt(tmp_path, empty)


def test_a_migrated_database_without_anybody_in_it_is_refused(
    tmp_path: Path, committed_database: str, django_db_blocker: Any
) -> None:
    claim_home(tmp_path)
    with pytest.raises(NotADemo):
        claim_database(tmp_path, committed_database)


def test_nothing_but_a_demo_is_in_a_demos_home(tmp_path: Path, empty: str) -> None:
    require_own_home(tmp_path, empty)
    claim_home(tmp_path)
    with pytest.raises(HomeOfADemo, match=str(tmp_path)):
        require_own_home(tmp_path, empty)
    for kind in (Database.HOME, Database.TO_MIGRATE):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("BEKAL_HOME", str(tmp_path))
            patch.setenv("DATABASE_URL", empty)
            with pytest.raises(HomeOfADemo), prepared_database(kind):
                pass
    with psycopg.connect(empty) as database:
        database.execute('CREATE TABLE core_democlock ("only" boolean)')
        database.execute("INSERT INTO core_democlock VALUES (TRUE)")
    require_own_home(tmp_path, empty)


def test_a_demo_is_deleted_as_a_whole_unless_somebody_uses_it(tmp_path: Path, empty: str) -> None:
    claim_home(tmp_path)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "one").touch()
    delete_demo(tmp_path, empty)
    assert (tmp_path / "models" / "one").exists()
    with psycopg.connect(empty) as database:
        database.execute("CREATE TABLE core_democlock (only boolean)".replace("only", '"only"'))
        database.execute("INSERT INTO core_democlock VALUES (TRUE)")
    with psycopg.connect(empty), pytest.raises(DemoInUse):
        delete_demo(tmp_path, empty)
    delete_demo(tmp_path, empty)
    with psycopg.connect(empty) as database:
        assert database.execute("SELECT to_regclass('core_democlock')").fetchone() == (None,)
    assert not (tmp_path / "models").exists()


def test_a_demos_database_does_not_make_a_real_home_a_demos(tmp_path: Path, empty: str) -> None:
    with psycopg.connect(empty) as database:
        database.execute('CREATE TABLE core_democlock ("only" boolean)')
        database.execute("INSERT INTO core_democlock VALUES (TRUE)")
    (tmp_path / "secrets").touch()
    with pytest.raises(NotADemo, match=str(tmp_path)):
        claim_database(tmp_path, empty)
    assert not is_demo_home(tmp_path)
