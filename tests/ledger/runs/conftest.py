from collections.abc import Iterator

import pytest

from tests.builders import on
from tests.ledger.runs.office import DAY, Office


@pytest.fixture
def office() -> Iterator[Office]:
    with on(DAY):
        yield Office()
