from pathlib import Path

import psycopg
import pytest

from bekal.config.postgres import Server, clone_database, ensure_database, running_server, scratch_database


def notes(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [text for (text,) in connection.execute("SELECT text FROM note").fetchall()]


def note(url: str, text: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note (text text)")
        connection.execute("INSERT INTO note VALUES (%s)", [text])


def databases(server: Server) -> set[str]:
    with psycopg.connect(server.url("postgres")) as connection:
        return {name for (name,) in connection.execute("SELECT datname FROM pg_database").fetchall()}


def test_a_clone_holds_what_its_template_holds_and_lives_by_itself(home: Path) -> None:
    with running_server(home, durable=False) as server:
        template, clone = server.url("induk"), server.url("anak %/'\"")
        ensure_database(template)
        note(template, "first")
        clone_database(clone, template="induk")
        note(clone, "second")
        assert (notes(template), notes(clone)) == (["first"], ["first", "second"])
        with psycopg.connect(clone) as connection:
            clone_database(clone, template="induk")
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT 1")
        assert notes(clone) == ["first"]


def test_a_template_in_use_and_one_that_is_not_there_are_refused(home: Path) -> None:
    with running_server(home, durable=False) as server:
        ensure_database(server.url("dipakai"))
        with psycopg.connect(server.url("dipakai")), pytest.raises(psycopg.errors.ObjectInUse):
            clone_database(server.url("salinan"), template="dipakai")
        with pytest.raises(psycopg.errors.InvalidCatalogName):
            clone_database(server.url("salinan"), template="tiada")


def test_a_scratch_database_is_empty_and_gone_at_the_end(home: Path) -> None:
    with running_server(home, durable=False) as server:
        before = databases(server)
        with scratch_database(server.url("postgres")) as one, scratch_database(server.url("postgres")) as other:
            note(one, "mine")
            with psycopg.connect(other) as connection:
                assert connection.execute("SELECT count(*) FROM pg_class WHERE relname = 'note'").fetchone() == (0,)
            assert len(databases(server) - before) == 2
        assert databases(server) == before


def test_what_killed_processes_left_a_day_ago_is_dropped(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running_server(home, durable=False) as server:
        before = databases(server)
        for name in ("bekal_scratch_1600000000_abcd", "bekal_scratch_1600086000_abcd"):
            ensure_database(server.url(name))
        monkeypatch.setattr("time.time", lambda: 1_600_086_401.0)
        with scratch_database(server.url("postgres")):
            pass
        assert databases(server) - before == {"bekal_scratch_1600086000_abcd"}
        monkeypatch.setattr("time.time", lambda: 1_600_186_401.0)
        with scratch_database(server.url("postgres")):
            pass
        assert databases(server) == before
