"""A dump restored into another cluster: everything is still verified, and sealing goes on."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from bekal.config.postgres import Server, ensure_database, running_server
from bekal.ledger.seals.queries import exported_seal
from bekal.ledger.seals.services import seal_day
from bekal.ledger.seals.statements import compose_statement
from bekal.ledger.seals.verify import verify_statement
from tests.builders import on
from tests.ledger.seals.office import Office, day

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("committed_database", "test_kinds")]


@pytest.fixture
def other_server() -> Iterator[Server]:
    home = Path(tempfile.mkdtemp(prefix="restored-", dir=os.environ["BEKAL_TEST_RUN"]))
    home.chmod(0o755)
    with running_server(home, durable=False) as server:
        yield server
    shutil.rmtree(home, ignore_errors=True)


def test_a_restored_dump_is_verified_and_sealed_on(
    committed_database: str, postgres: Server, other_server: Server, tmp_path: Path
) -> None:
    office = Office()
    with on(day(1)):
        office.buy(0)
    with on(day(2)):
        office.buy(0)
        first = json.dumps(exported_seal(seal_day(day=day(1))))
    kept = json.dumps(compose_statement(owner=office.owners[0]))
    dump, url = tmp_path / "dump", other_server.url("restored")
    subprocess.run([postgres.bin("pg_dump"), "-Fc", "-f", dump, committed_database], check=True)
    ensure_database(url)
    subprocess.run([other_server.bin("pg_restore"), "--exit-on-error", "--no-owner", "-d", url, dump], check=True)

    assert _bekal(url, "audit", "--json") == {"exact": True, "transfers": 9, "findings": []}
    seal_file, statement_file = tmp_path / "seal.json", tmp_path / "statement.json"
    seal_file.write_text(first)
    assert _bekal(url, "seal", "--check", str(seal_file), "--json")["holds"]
    second = _bekal(url, "seal", "--export", str(seal_file), "--json")
    assert (second["number"], second["previous"]) == (2, json.loads(first)["hash"])
    _bekal(url, "statement", str(office.owners[0]), "--export", str(statement_file), "--json")
    restored = json.loads(statement_file.read_text())
    assert restored["transfers"] == json.loads(kept)["transfers"]
    assert verify_statement(kept, first).sealed_sequence == 2
    assert verify_statement(json.dumps(restored), seal_file.read_text()).sealed_sequence == 3
    assert _bekal(url, "audit", "--json")["exact"]


def _bekal(url: str, *arguments: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "bekal.config.main", *arguments],
        env={
            **os.environ,
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "bekal.config.settings",
            "BEKAL_HOME": str(settings.BEKAL_HOME),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)
