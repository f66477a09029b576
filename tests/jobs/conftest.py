from collections.abc import Iterator

import pytest

from tests.jobs import counting


@pytest.fixture
def kind(committed_database: str) -> Iterator[str]:
    """A database in which commits are real and the kind of job of these tests is known; yields its address."""
    with counting.registered():
        yield committed_database
