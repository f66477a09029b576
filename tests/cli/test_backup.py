"""A backup, and the drill: into another cluster, where the books are checked and go on."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from bekal.access.models import Act
from bekal.config.demo_marks import claim_home
from bekal.config.postgres import Server, ensure_database, running_server
from bekal.config.safekeeping.archive import Archive
from bekal.config.secrets import new_secret, read_secrets, write_next
from bekal.core import clock
from bekal.core.keys import check_value
from bekal.core.rotation import rewrap_keys
from bekal.messages.mark import RESTORED
from bekal.participants.models import Participant
from tests.builders import GrantedWave, grant_wave
from tests.cli.conftest import Bekal, Outcome

PASSPHRASE = "correct horse battery staple"
_STOPS_AFTER_FIVE_TABLES = """
CREATE SCHEMA guard;
CREATE FUNCTION guard.stop() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r') > 5 THEN
        RAISE EXCEPTION 'the disk is full, say';
    END IF;
END $$;
CREATE EVENT TRIGGER stop ON ddl_command_end EXECUTE FUNCTION guard.stop();
"""


@pytest.fixture
def granted(committed_database: str, django_db_blocker: Any) -> Iterator[GrantedWave]:
    with django_db_blocker.unblock():
        yield grant_wave(count=2)


@pytest.fixture
def passphrase(tmp_path: Path) -> Path:
    path = tmp_path / "passphrase"
    path.write_text(f"{PASSPHRASE}\nnot this\n")
    return path


@pytest.fixture
def backup(bekal_here: Bekal, committed_database: str, granted: GrantedWave, passphrase: Path, tmp_path: Path) -> Path:
    models = settings.BEKAL_HOME / "models"
    models.mkdir(exist_ok=True)
    (models / "a-model").write_bytes(b"of no use")
    path = tmp_path / "whole.backup"
    done = bekal_here("backup", str(path), "--passphrase-file", str(passphrase), "--json", DATABASE_URL=committed_database)
    (models / "a-model").unlink()
    assert (done.status, done.json["file"], done.json["bytes"]) == (0, str(path), path.stat().st_size)
    return path


@pytest.fixture
def home() -> Iterator[Path]:
    """A home of another installation, where PostgreSQL's user gets in."""
    with tempfile.TemporaryDirectory(prefix="other-", dir=os.environ["BEKAL_TEST_RUN"]) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


Restore = Callable[..., Outcome]


@pytest.fixture
def restore(bekal_here: Bekal, backup: Path, passphrase: Path, home: Path, postgres: Server) -> Restore:
    """Restore in this process, into an empty database beside the first unless another is named."""

    def run(*options: str, **variables: str) -> Outcome:
        if not options:
            options = (str(backup), "--passphrase-file", str(passphrase))
        variables = {"BEKAL_HOME": str(home), **variables}
        return bekal_here("restore", *options, "--json", **variables)

    return run


def test_the_drill(bekal: Bekal, backup: Path, passphrase: Path, home: Path, granted: GrantedWave) -> None:
    elsewhere = {"BEKAL_HOME": str(home)}
    with running_server(home) as server:
        restored = bekal("restore", str(backup), "--passphrase-file", str(passphrase), "--json", **elsewhere)
        assert (restored.status, restored.json["models"]) == (0, 1), restored.errors
        assert read_secrets(home) == read_secrets(settings.BEKAL_HOME)
        assert (home / "models" / "a-model").read_bytes() == b"of no use"
        # What the backup holds as not sent may have been sent since.
        assert (home / RESTORED).exists()
        audited = bekal("audit", "--json", **elsewhere)
        assert (audited.status, audited.json["transfers"] > 0) == (0, True)
        sealed = bekal("seal", "--json", **elsewhere)
        assert (sealed.status, sealed.json["number"]) == (0, 1)
        assert sealed.json["day"] == (clock.today() - timedelta(days=1)).isoformat()
        # Everything that is sealed opens, and is sealed anew.
        rotated = bekal("secrets", "rotate", "--json", **elsewhere)
        assert (rotated.status, rotated.json) == (0, {"version": 2, "values": 6, "new_secret": True})
        with psycopg.connect(server.url("bekal")) as connection:
            names = connection.execute("SELECT public_id FROM participants_participant ORDER BY id").fetchall()
        assert [name for (name,) in names] == list(Participant.objects.order_by("pk").values_list("public_id", flat=True))
    fresh, former = read_secrets(home), read_secrets(settings.BEKAL_HOME)
    assert fresh is not None
    assert former is not None
    assert (fresh.session_key == former.session_key, fresh.identity_secret == former.identity_secret) == (True, False)
    assert sorted(path.name for path in home.glob("secrets*")) == ["secrets"]
    assert list(home.glob("restore-*")) == []


def test_without_the_passphrase_nothing_is_restored(restore: Restore, backup: Path, tmp_path: Path, home: Path) -> None:
    (tmp_path / "wrong").write_text("another passphrase\n")
    refused = restore(str(backup), "--passphrase-file", str(tmp_path / "wrong"))
    assert (refused.status, refused.json["error"]["code"]) == (2, "wrong_passphrase")
    assert list(home.iterdir()) == []


def test_a_database_that_holds_something_is_left_alone(restore: Restore, committed_database: str, home: Path) -> None:
    refused = restore(DATABASE_URL=committed_database)
    assert (refused.status, refused.json["error"]["code"]) == (2, "database_not_empty")
    assert list(home.iterdir()) == []


def test_nothing_is_restored_into_a_demos_home(restore: Restore, home: Path, postgres: Server) -> None:
    claim_home(home)
    ensure_database(postgres.url("restored_nowhere"))
    refused = restore(DATABASE_URL=postgres.url("restored_nowhere"))
    assert (refused.status, refused.json["error"]["code"]) == (2, "home_of_a_demo")
    assert [path.name for path in home.iterdir()] == ["demo"]


def test_other_secrets_are_not_written_over(restore: Restore, home: Path) -> None:
    text = "BEKAL_SECRET_KEY=" + "s" * 64 + "\nBEKAL_IDENTITY_SECRET=" + "i" * 64 + "\n"
    (home / "secrets").touch(mode=0o600)
    (home / "secrets").write_text(text)
    refused = restore()
    assert (refused.status, refused.json["error"]["code"]) == (2, "secrets_in_the_way")
    assert (home / "secrets").read_text() == text


def test_a_restore_that_fails_leaves_an_empty_database_and_can_be_repeated(restore: Restore, postgres: Server) -> None:
    url = postgres.url("restored_twice")
    ensure_database(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_STOPS_AFTER_FIVE_TABLES)
    failed = restore(DATABASE_URL=url)
    assert (failed.status, failed.json["error"]["code"]) == (2, "backup_failed")
    with psycopg.connect(url, autocommit=True) as connection:
        assert connection.execute("SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace").rowcount == 0
        connection.execute("DROP SCHEMA guard CASCADE")
    assert restore(DATABASE_URL=url).status == 0
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM participants_participant").fetchone() == (2,)


@pytest.mark.parametrize("text", [None, "", "too short\n"])
def test_a_passphrase_is_long_or_asked_for(
    bekal_here: Bekal, committed_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    options: tuple[str, ...] = ()
    if text is not None:
        (tmp_path / "passphrase").write_text(text)
        options = ("--passphrase-file", str(tmp_path / "passphrase"))
    refused = bekal_here("backup", str(tmp_path / "file"), *options, "--json", DATABASE_URL=committed_database)
    assert (refused.status, refused.json["error"]["code"]) == (2, "passphrase_missing")
    assert not (tmp_path / "file").exists()


def test_a_backup_is_never_written_over(bekal_here: Bekal, backup: Path, passphrase: Path, committed_database: str) -> None:
    before = backup.read_bytes()
    arguments = ("backup", str(backup), "--passphrase-file", str(passphrase), "--json")
    refused = bekal_here(*arguments, DATABASE_URL=committed_database)
    assert (refused.status, refused.json["error"]["code"]) == (2, "backup_exists")
    assert backup.read_bytes() == before


def test_a_database_is_backed_up_before_it_is_migrated_and_the_log_says_so(
    bekal_here: Bekal, passphrase: Path, committed_database: str, granted: GrantedWave, tmp_path: Path
) -> None:
    MigrationRecorder(connection).record_unapplied("sessions", "0001_initial")
    arguments = ("--passphrase-file", str(passphrase), "--json")
    assert bekal_here("audit", "--json", DATABASE_URL=committed_database).json["error"]["code"] == "database_not_migrated"
    done = bekal_here("backup", str(tmp_path / "older"), *arguments, DATABASE_URL=committed_database)
    assert (done.status, (tmp_path / "older").exists()) == (0, True)
    (act,) = Act.objects.filter(verb__startswith="backup.")
    assert (act.actor, act.verb, act.subject) == (None, "backup.export", "backup")
    MigrationRecorder(connection).record_applied("purchases", "9999_tomorrow")
    refused = bekal_here("backup", str(tmp_path / "newer"), *arguments, DATABASE_URL=committed_database)
    assert (refused.json["error"]["code"], (tmp_path / "newer").exists()) == ("database_of_another_version", False)


@pytest.mark.usefixtures("granted")
def test_the_secrets_are_those_of_the_dump_though_a_rotation_was_killed_meanwhile(
    bekal_here: Bekal, committed_database: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(settings.BEKAL_HOME / "secrets", home)
    secret = new_secret()

    def typed(*_: object, **__: object) -> str:
        write_next(home, secret)
        rewrap_keys(secret=secret)
        return PASSPHRASE

    monkeypatch.setattr("bekal.config.safekeeping.backup._passphrase", typed)
    path = tmp_path / "file"
    done = bekal_here("backup", str(path), "--json", BEKAL_HOME=str(home), DATABASE_URL=committed_database)
    assert (done.status, done.json["check_value"]) == (0, check_value(secret))
    assert Archive(path, PASSPHRASE).secrets["BEKAL_IDENTITY_SECRET"] == secret


def test_a_place_that_cannot_be_written_is_refused(bekal_here: Bekal, passphrase: Path, committed_database: str) -> None:
    refused = bekal_here(
        "backup", "/nonexistent/backup", "--passphrase-file", str(passphrase), "--json", DATABASE_URL=committed_database
    )
    assert (refused.status, refused.json["error"]["code"]) == (2, "file_not_written")
