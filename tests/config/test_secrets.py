import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bekal.config.secrets import load_secrets


def test_a_new_home_gets_secrets_of_its_own_that_only_its_owner_reads(tmp_path: Path) -> None:
    secrets = load_secrets(tmp_path)
    assert secrets == load_secrets(tmp_path)
    assert len({secrets.session_key, secrets.identity_secret}) == 2
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secrets"]


def test_processes_that_start_together_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(lambda _: load_secrets(tmp_path), range(8)))) == 1


def test_the_environment_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = load_secrets(tmp_path)
    monkeypatch.setenv("BEKAL_SECRET_KEY", "from outside")
    assert load_secrets(tmp_path).session_key == "from outside"
    assert load_secrets(tmp_path).identity_secret == kept.identity_secret
    monkeypatch.setenv("BEKAL_IDENTITY_SECRET", "also")
    assert load_secrets(Path("/nonexistent")).identity_secret == "also"
