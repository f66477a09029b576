import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from bekal.config.postgres import running_server
from bekal.config.postgres.errors import NotDurable
from tests.config.postgres.processes import announced_pid, kill, leave, servers_below, using


def test_two_processes_use_one_server_and_the_last_stops_it(home: Path) -> None:
    with using(home) as first, using(home) as second:
        pid = announced_pid(first)
        assert announced_pid(second) == pid
        leave(first)
        assert servers_below(home) == [pid]
        leave(second)
        assert servers_below(home) == []


def test_many_processes_may_begin_at_the_same_moment(folder: Path) -> None:
    home = folder / "home"
    with ExitStack() as stack:
        processes = [stack.enter_context(using(home)) for _ in range(5)]
        assert {announced_pid(process) for process in processes} == set(servers_below(folder))
        assert len(servers_below(folder)) == 1
        for process in processes:
            assert process.stdin is not None
            process.stdin.close()
        assert [process.wait(timeout=60) for process in processes] == [0] * 5
    assert servers_below(folder) == []


def test_one_process_may_enter_twice(home: Path) -> None:
    with running_server(home, durable=False) as outer, running_server(home, durable=False) as inner:
        assert inner.pid == outer.pid is not None


def test_server_of_a_killed_process_is_used_and_stopped_by_the_next(home: Path) -> None:
    with using(home) as process:
        pid = announced_pid(process)
        kill(process.pid)
        with running_server(home, durable=False) as server:
            assert server.pid == pid
        assert servers_below(home) == []


def test_killed_process_does_not_keep_the_server_from_stopping(home: Path) -> None:
    with using(home) as killed, using(home) as other:
        assert announced_pid(killed) == announced_pid(other)
        kill(killed.pid)
        leave(other)
    assert servers_below(home) == []


def test_forked_child_that_ends_leaves_the_server_to_its_parent(home: Path) -> None:
    program = f"""
import os
from pathlib import Path
from bekal.config.postgres import running_server
with running_server(Path({str(home)!r}), durable=False) as server:
    pid = server.pid
    child = os.fork()
    if child:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert server.pid == pid is not None
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_interrupt_from_the_keyboard_does_not_reach_the_server(home: Path) -> None:
    with using(home) as process:
        pid = announced_pid(process)
        with running_server(home, durable=False) as server:
            os.killpg(process.pid, signal.SIGINT)
            process.communicate(timeout=60)
            assert server.pid == pid


def test_durable_use_waits_for_no_test_and_replaces_what_a_test_left(home: Path) -> None:
    with using(home) as process:
        forgetful = announced_pid(process)
        with pytest.raises(NotDurable, match=str(home)), running_server(home):
            pass
        assert servers_below(home) == [forgetful]
        kill(process.pid)
        with running_server(home) as server, psycopg.connect(server.url("postgres")) as connection:
            assert server.pid != forgetful
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
            with running_server(home, durable=False) as same:
                assert same.pid == server.pid


def test_use_that_begins_while_the_last_one_stops_has_a_server(home: Path) -> None:
    with using(home) as process:
        announced_pid(process)
        assert process.stdin is not None
        process.stdin.close()
        with running_server(home, durable=False) as server, psycopg.connect(server.url("postgres")) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
            assert process.wait(timeout=60) == 0
            assert connection.execute("SELECT 1").fetchone() == (1,)
