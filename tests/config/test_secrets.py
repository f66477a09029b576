import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bekal.config.secrets import (
    Secrets,
    SecretsExposed,
    SecretsLost,
    SecretsMalformed,
    SecretsUnreadable,
    load_secrets,
    require_secrets,
    write_next,
)
from bekal.core.keys import SecretMismatch, check_value

LONG = "a secret that comes from outside, long enough"


def test_a_new_home_gets_secrets_of_its_own_that_only_its_owner_reads(tmp_path: Path) -> None:
    secrets = load_secrets(tmp_path)
    assert secrets == load_secrets(tmp_path)
    assert len({secrets.session_key, secrets.identity_secret}) == 2
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secrets"]


def test_processes_that_start_together_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(lambda _: load_secrets(tmp_path), range(8)))) == 1


def test_new_secrets_and_their_folder_are_on_the_disk_before_they_are_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[str, bool]] = []

    def fsync(fd: int) -> None:
        path = Path(f"/proc/self/fd/{fd}").readlink()
        synced.append((path.name.split(".")[1] if path.is_file() else "folder", (tmp_path / "secrets").exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    load_secrets(tmp_path)
    assert synced == [("secrets", False), ("folder", True)]


def test_the_environment_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = load_secrets(tmp_path)
    monkeypatch.setenv("BEKAL_SECRET_KEY", LONG)
    assert load_secrets(tmp_path) == Secrets(session_key=LONG, identity_secret=kept.identity_secret)
    monkeypatch.setenv("BEKAL_IDENTITY_SECRET", LONG + "!")
    assert load_secrets(Path("/nonexistent")) == Secrets(session_key=LONG, identity_secret=LONG + "!")


@pytest.mark.parametrize("name", ["BEKAL_SECRET_KEY", "BEKAL_IDENTITY_SECRET"])
@pytest.mark.parametrize("value", ["", "x" * 31, " " * 40])
def test_an_empty_or_short_secret_of_the_environment_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SecretsMalformed, match=name):
        load_secrets(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        f"BEKAL_SECRET_KEY={LONG}\n",
        f"BEKAL_SECRET_KEY={LONG}\nBEKAL_IDENTITY_SECRET=\n",
        f"BEKAL_SECRET_KEY={LONG}\nBEKAL_IDENTITY_SECRET=" + "x" * 31,
        f"BEKAL_SECRET_KEY={LONG}\nBEKAL_IDENTITY_SECRET\n",
        "no line of this\nis a secret\n",
    ],
)
def test_a_file_without_both_secrets_is_refused_and_stays(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(SecretsMalformed):
        load_secrets(tmp_path)
    assert path.read_text() == text


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644, 0o666])
def test_a_file_that_others_can_read_or_change_is_refused(tmp_path: Path, mode: int) -> None:
    load_secrets(tmp_path)
    (tmp_path / "secrets").chmod(mode)
    with pytest.raises(SecretsExposed, match=f"{mode:o}"):
        load_secrets(tmp_path)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    written(tmp_path, "").write_bytes(b"\xff\xfe")
    with pytest.raises(SecretsUnreadable):
        load_secrets(tmp_path)
    (tmp_path / "secrets").unlink()
    (tmp_path / "secrets").mkdir()
    with pytest.raises(SecretsUnreadable):
        load_secrets(tmp_path)


class TestOfADatabase:
    """What stands between secrets and a database that was sealed under them."""

    def test_its_own_are_taken(self, committed_database: str, tmp_path: Path) -> None:
        sealed_under(committed_database, load_secrets(tmp_path).identity_secret)
        require_secrets(tmp_path, committed_database)

    def test_lost_ones_are_not_replaced(self, committed_database: str, tmp_path: Path) -> None:
        expected = sealed_under(committed_database, LONG)
        with pytest.raises(SecretsLost, match=expected):
            require_secrets(tmp_path, committed_database)
        # Nor by a process that is started beside the commands, as one that serves pages.
        with pytest.raises(SecretsLost, match=expected):
            load_secrets(tmp_path, of=committed_database)
        assert list(tmp_path.iterdir()) == []

    def test_others_are_refused_and_both_are_named(self, committed_database: str, tmp_path: Path) -> None:
        expected = sealed_under(committed_database, LONG)
        given = check_value(load_secrets(tmp_path).identity_secret)
        with pytest.raises(SecretMismatch, match=f"{given}.*{expected}"):
            require_secrets(tmp_path, committed_database)

    def test_the_identity_secret_may_come_from_the_environment_alone(
        self, committed_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("BEKAL_IDENTITY_SECRET", LONG)
        with pytest.raises(SecretMismatch):
            require_secrets(tmp_path, committed_database)
        sealed_under(committed_database, LONG)
        require_secrets(tmp_path, committed_database)

    def test_an_empty_database_has_none_yet(self, postgres: Any, tmp_path: Path) -> None:
        require_secrets(tmp_path, postgres.url("postgres"))

    def test_a_rotation_that_was_killed_after_its_commit_is_finished(self, committed_database: str, tmp_path: Path) -> None:
        kept = load_secrets(tmp_path)
        write_next(tmp_path, LONG)
        sealed_under(committed_database, kept.identity_secret)
        require_secrets(tmp_path, committed_database)
        assert load_secrets(tmp_path) == kept
        sealed_under(committed_database, LONG)
        require_secrets(tmp_path, committed_database)
        assert load_secrets(tmp_path) == Secrets(session_key=kept.session_key, identity_secret=LONG)
        assert [path.name for path in tmp_path.iterdir()] == ["secrets"]


def written(home: Path, text: str) -> Path:
    path = home / "secrets"
    path.touch(mode=0o600)
    path.write_text(text)
    return path


def sealed_under(url: str, secret: str) -> str:
    """Have a database expect this secret; return its check value."""
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE core_secretcheck SET value = %s", [check_value(secret)])
    return check_value(secret)
