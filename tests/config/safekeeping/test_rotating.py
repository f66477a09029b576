"""A new secret, however the process ends that makes it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from bekal.config.safekeeping import rotating
from bekal.config.safekeeping.rotating import rotate_secret
from bekal.config.secrets import Secrets, read_secrets, require_secrets, write_new
from bekal.core.keys import forget_keys
from bekal.participants.models import Participant
from bekal.participants.sealed import nik_of
from bekal.participants.services import register_person
from tests.builders import registration

SARI = registration()


@pytest.fixture
def home(
    committed_database: str, django_db_blocker: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Path, str]]:
    """A home with the secrets of these tests, and the address of a database in which a person is registered."""
    monkeypatch.setattr(settings, "BEKAL_IDENTITY_SECRET", settings.BEKAL_IDENTITY_SECRET)  # so that it is put back
    secrets = {"BEKAL_SECRET_KEY": settings.SECRET_KEY, "BEKAL_IDENTITY_SECRET": settings.BEKAL_IDENTITY_SECRET}
    write_new(tmp_path / "secrets", secrets)
    with django_db_blocker.unblock():
        register_person(registration=SARI)
        yield tmp_path, committed_database
    forget_keys()


def secrets_in(home: Path) -> Secrets:
    found = read_secrets(home)
    assert found is not None
    return found


def assert_opens(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that starts now reads what is sealed."""
    monkeypatch.setattr(settings, "BEKAL_IDENTITY_SECRET", secrets_in(home).identity_secret)
    forget_keys()
    assert nik_of(Participant.objects.get()) == SARI.nik


def test_the_new_secret_is_kept_and_opens(home: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    folder, url = home
    former = secrets_in(folder)
    rotate_secret(folder)
    fresh = secrets_in(folder)
    assert (fresh.session_key, fresh.identity_secret != former.identity_secret) == (former.session_key, True)
    assert nik_of(Participant.objects.get()) == SARI.nik
    require_secrets(folder, url)
    assert_opens(folder, monkeypatch)
    assert [path.name for path in folder.iterdir()] == ["secrets"]


@pytest.mark.parametrize("moment", ["rewrap_keys", "promote_next"])
def test_killed_in_between_it_leaves_a_secret_that_opens(
    home: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    folder, url = home
    former = secrets_in(folder)

    def kill(*_: object, **__: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(f"bekal.core.rotation.{moment}" if moment == "rewrap_keys" else f"{rotating.__name__}.{moment}", kill)
        with pytest.raises(SystemExit):
            rotate_secret(folder)
    assert secrets_in(folder) == former
    require_secrets(folder, url)
    assert (secrets_in(folder) == former) is (moment == "rewrap_keys")
    assert_opens(folder, monkeypatch)
    rotate_secret(folder)
    assert_opens(folder, monkeypatch)
