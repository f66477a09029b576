import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.utils import translation

from bekal.config.postgres import running_server
from tests.config.postgres.processes import has_ended, servers_below, wait_until
from tests.memory import folder_in_memory


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    # pytest's own temporary folders are closed to the user that PostgreSQL runs as when the tests run as root.
    folder = Path(tempfile.mkdtemp(prefix="bekal-test-", dir=folder_in_memory(least_free_bytes=2_000_000_000)))
    folder.chmod(0o755)
    yield folder
    for pid in servers_below(folder):
        os.kill(pid, signal.SIGQUIT)
        wait_until(lambda pid=pid: has_ended(pid))  # type: ignore[misc]
    shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Reasons are compared as they are written."""
    with translation.override("en"):
        yield


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder that everyone can enter."""
    with _temporary_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def shared_folder() -> Iterator[Path]:
    with _temporary_folder() as folder:
        with running_server(folder / "home", durable=False):
            pass
        yield folder


@pytest.fixture
def home(shared_folder: Path) -> Iterator[Path]:
    """A home with a cluster that other tests use too; no server runs before and after."""
    yield shared_folder / "home"
    assert servers_below(shared_folder) == []
