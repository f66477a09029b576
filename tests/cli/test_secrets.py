"""No command begins with secrets that are not those of its database."""

from pathlib import Path

import pytest
from django.conf import settings

from bekal.core.keys import check_value
from tests.cli.conftest import Bekal

OWN = "BEKAL_SECRET_KEY={}\nBEKAL_IDENTITY_SECRET={}\n"


@pytest.mark.parametrize(
    ("text", "mode", "code"),
    [
        (None, 0o600, "secrets_lost"),
        ("", 0o600, "secrets_malformed"),
        (OWN.format("s" * 64, "i" * 64), 0o600, "secret_mismatch"),
        (OWN.format("s" * 64, "i" * 31), 0o600, "secrets_malformed"),
        (OWN.format("s" * 64, "i" * 64), 0o644, "secrets_exposed"),
    ],
)
def test_a_command_refuses(
    bekal_here: Bekal, committed_database: str, tmp_path: Path, *, text: str | None, mode: int, code: str
) -> None:
    path = tmp_path / "secrets"
    if text is not None:
        path.touch(mode=0o600)
        path.write_text(text)
        path.chmod(mode)
    refused = bekal_here("audit", "--json", DATABASE_URL=committed_database, BEKAL_HOME=str(tmp_path))
    assert (refused.status, refused.json["error"]["code"]) == (2, code)
    assert path.exists() is (text is not None)
    if code in {"secrets_lost", "secret_mismatch"}:
        assert check_value(settings.BEKAL_IDENTITY_SECRET) in refused.errors
    if code == "secret_mismatch":
        assert check_value("i" * 64) in refused.errors
