import os
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from bekal.config.postgres import Server, cluster, ensure_database, running_server
from bekal.config.postgres.errors import ForeignServer, ServerStuck
from bekal.config.postgres.identity import Identity, identity_for
from tests.config.postgres.processes import announced_pid, has_ended, kill, servers_below, using, wait_until


@contextmanager
def crashed(home: Path) -> Iterator[Server]:
    """A server that was killed while it was in use, with one committed and one uncommitted row."""
    with running_server(home) as server, closing(psycopg.connect(server.url("postgres"))) as connection:
        connection.execute("DROP TABLE IF EXISTS kept")
        connection.execute("CREATE TABLE kept (price_idr bigint)")
        connection.execute("INSERT INTO kept VALUES (371000)")
        connection.commit()
        connection.execute("INSERT INTO kept VALUES (1)")
        assert server.pid is not None
        kill(server.pid)
        yield server


def kept(server: Server) -> list[tuple[int]]:
    with psycopg.connect(server.url("postgres")) as connection:
        return connection.execute("SELECT price_idr FROM kept").fetchall()


def identity_of(home: Path) -> Identity:
    return identity_for(home / "data")


@contextmanager
def sleeping(home: Path) -> Iterator[int]:
    """A process of the user that PostgreSQL runs as, which has nothing to do with it."""
    identity = identity_of(home)
    user = {"user": identity.uid, "group": identity.gid} if identity.switches else {}
    with subprocess.Popen(["sleep", "600"], cwd="/", **user) as process:  # type: ignore[call-overload]
        try:
            yield process.pid
        finally:
            process.kill()


def record_pid(path: Path, pid: int) -> None:
    _, _, rest = path.read_text().partition("\n")
    path.write_text(f"{pid}\n{rest}")


def test_committed_data_survives_a_killed_server(home: Path) -> None:
    with crashed(home) as server:
        assert (server.data_dir / "postmaster.pid").exists()
        with running_server(home) as again:
            assert kept(again) == [(371000,)]
            assert again.pid == server.pid


def test_start_waits_for_what_still_works_for_the_killed_server(home: Path) -> None:
    with running_server(home, durable=False) as server:
        query = ["--command", "SELECT count(*) FROM generate_series(1, 6000000)"]
        with subprocess.Popen(
            [server.bin("psql"), *query, server.url("postgres")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ):
            with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
                busy = b"SELECT pid FROM pg_stat_activity WHERE query LIKE '%generate_series%' AND pid <> pg_backend_pid()"
                wait_until(lambda: connection.execute(busy).fetchone() is not None)
                row = connection.execute(busy).fetchone()
            assert row is not None
            assert server.pid is not None
            kill(server.pid)
            assert not has_ended(row[0])
            with running_server(home, durable=False) as again:
                assert has_ended(row[0])
                assert again.pid is not None


def test_recorded_number_may_belong_to_an_unrelated_process(home: Path) -> None:
    with sleeping(home) as stranger, crashed(home) as server:
        record_pid(server.data_dir / "postmaster.pid", stranger)
        assert server.pid is None
        with running_server(home) as again:
            assert kept(again) == [(371000,)]
        assert not has_ended(stranger)


def test_recorded_number_may_belong_to_a_process_that_nobody_buried(home: Path) -> None:
    with subprocess.Popen(["true"]) as zombie, crashed(home) as server:
        wait_until(lambda: has_ended(zombie.pid))
        record_pid(server.data_dir / "postmaster.pid", zombie.pid)
        with running_server(home) as again:
            assert kept(again) == [(371000,)]


def test_recorded_number_may_belong_to_another_postgresql(home: Path, folder: Path) -> None:
    with running_server(folder / "other", durable=False) as other, crashed(home) as server:
        assert other.pid is not None
        record_pid(server.data_dir / "postmaster.pid", other.pid)
        with running_server(home) as again:
            assert kept(again) == [(371000,)]
            assert again.pid != other.pid
        assert servers_below(folder) == [other.pid]


def test_server_that_somebody_else_started_is_left_alone(home: Path) -> None:
    with running_server(home, durable=False) as server:
        pg_ctl = server.bin("pg_ctl")
    identity = identity_of(home)
    manual: list[str | Path] = ["-D", home / "data", "-w", "-l", "/dev/null"]
    identity.run([pg_ctl, "start", *manual, "-o", f"-c listen_addresses='' -c unix_socket_directories='{home / 'data'}'"])
    (pid,) = servers_below(home)
    with pytest.raises(ForeignServer, match=str(pid)), running_server(home, durable=False):
        pass
    assert servers_below(home) == [pid]
    identity.run([pg_ctl, "stop", *manual[:3]])


def test_remains_in_the_socket_folder_do_not_matter(home: Path) -> None:
    with sleeping(home) as stranger, crashed(home) as server:
        lock = server.socket_dir / ".s.PGSQL.5432.lock"
        record_pid(lock, stranger)
        assert (server.socket_dir / ".s.PGSQL.5432").exists()
        with running_server(home) as again:
            assert kept(again) == [(371000,)]


def test_unreachable_server_is_replaced_when_nobody_uses_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "STUCK_AFTER_SECONDS", 0.1)
    with using(home) as process:
        unreachable = announced_pid(process)
        (home / "run" / ".s.PGSQL.5432").unlink()
        with pytest.raises(ServerStuck, match=str(home)), running_server(home, durable=False):
            pass
        assert servers_below(home) == [unreachable]
        kill(process.pid)
        with running_server(home, durable=False) as server:
            assert ensure_database(server.url("postgres")) is False
            assert server.pid != unreachable


def test_half_made_cluster_is_made_anew(folder: Path) -> None:
    home = folder / "home"
    (home / "data.new" / "base").mkdir(parents=True)
    (home / "data.new" / "PG_VERSION").write_text("18\n")
    home.chmod(0o755)
    (home / "postgres.new").mkdir()
    with running_server(home, durable=False) as server:
        assert ensure_database(server.url("postgres")) is False
    assert not (home / "data.new").exists()


def test_process_killed_while_it_makes_the_cluster_is_followed_by_one_that_succeeds(folder: Path) -> None:
    home = folder / "home"
    with using(home) as process:
        wait_until((home / "data.new" / "PG_VERSION").exists)
        kill(process.pid)
        assert not (home / "data").exists()
        with running_server(home, durable=False) as server:
            assert ensure_database(server.url("postgres")) is False
    assert servers_below(folder) == []


@pytest.mark.slow
def test_no_order_of_kills_loses_a_committed_row(folder: Path) -> None:
    home = folder / "home"
    choices = random.Random(2021)
    written = 0
    for _ in range(25):
        with using(home, durable=True) as first, using(home, durable=True) as second:
            time.sleep(choices.uniform(0, 0.6))
            for process in choices.sample([first, second], choices.randint(1, 2)):
                process.kill()
            if choices.random() < 0.5:
                for pid in servers_below(folder):
                    os.kill(pid, 9)
            with running_server(home) as server, psycopg.connect(server.url("postgres")) as connection:
                connection.execute("CREATE TABLE IF NOT EXISTS kept (number int)")
                assert connection.execute("SELECT count(*), coalesce(max(number), 0) FROM kept").fetchone() == (written, written)
                written += 1
                connection.execute("INSERT INTO kept VALUES (%s)", [written])
                connection.commit()
                if choices.random() < 0.3 and server.pid is not None:
                    os.kill(server.pid, 9)
    with running_server(home):
        pass
    assert servers_below(folder) == []
