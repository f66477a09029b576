"""What the logs say, and what they never say."""

import io
import json
import logging.config
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from django.db import Error, connection

from bekal.core.logs import cleared, configure_events, logging_config

Logged = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def logged() -> Iterator[Logged]:
    """What was logged since, line by line."""
    stream = io.StringIO()
    root, before = logging.getLogger(), logging.getLogger().handlers[:]
    levels = {name: logging.getLogger(name).level for name in ("", *logging_config()["loggers"])}
    logging.config.dictConfig(logging_config(stream))
    configure_events()
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    structlog.reset_defaults()
    root.handlers[:] = before
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def test_an_event_carries_the_request_and_the_fields(logged: Logged) -> None:
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        structlog.get_logger("bekal.test").info("paid", amount_idr=5)
        logging.getLogger("elsewhere").warning("old %s", "style")
    found = [{name: each[name] for name in ("event", "level", "logger", "request_id")} for each in logged()]
    assert found == [
        {"event": "paid", "level": "info", "logger": "bekal.test", "request_id": "r-1"},
        {"event": "old style", "level": "warning", "logger": "elsewhere", "request_id": "r-1"},
    ]
    assert logged()[0]["amount_idr"] == 5


def test_an_error_is_told_with_its_place_and_without_whom_it_names(logged: Logged) -> None:
    try:
        try:
            raise KeyError("sari@example.org")
        except KeyError as error:
            raise ValueError("no NIK 3171012345678901") from error
    except ValueError:
        logging.getLogger("bekal.test").exception("failed for 0812 3456 7890")
    (line,) = logged()
    assert line["event"] == "failed for <number>"
    assert [(each["kind"], each["message"]) for each in line["error"]] == [
        ("builtins.ValueError", "no NIK <number>"),
        ("builtins.KeyError", "'<e-mail>'"),
    ]
    assert "tests/core/test_logs.py:" in line["error"][0]["traceback"][0]


def test_what_ends_a_process_is_told_like_any_other_error() -> None:
    script = (
        "import logging.config; from bekal.core.logs import logging_config, tell_crashes;"
        "logging.config.dictConfig(logging_config()); tell_crashes(); raise ValueError('sari@example.org')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    line = json.loads(done.stdout)
    assert (line["level"], line["event"], line["error"][0]["message"]) == ("critical", "ended by an error", "<e-mail>")


@pytest.mark.django_db
def test_an_error_of_the_database_never_quotes_a_row(logged: Logged) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE person (name text CONSTRAINT person_name UNIQUE)")
            cursor.execute("INSERT INTO person VALUES ('Sari Dewi'), ('Sari Dewi')")
    except Error:
        logging.getLogger("bekal.test").exception("failed")
    (line,) = logged()
    django, psycopg = line["error"]
    assert (django["sqlstate"], django["constraint"], django["table"]) == ("23505", "person_name", "person")
    assert psycopg["kind"] == "psycopg.errors.UniqueViolation"
    assert "Sari" not in json.dumps(line)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("run 12 of 2021-11-22", "run 12 of <number>"),
        ("+62 812-3456-7890 called", "<number> called"),
        ("“budi@demo.bekal” is unknown", "“<e-mail>” is unknown"),
        ("Rp300.000", "Rp<number>"),
    ],
)
def test_addresses_and_long_numbers_are_taken_out(text: str, written: str) -> None:
    assert cleared(text) == written
