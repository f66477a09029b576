from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.builders import on
from tests.recommender.market import TODAY, Market, build_market


@pytest.fixture
def market(db: None, settings: Settings, tmp_path: Path) -> Iterator[Market]:
    """The market on `TODAY`, with no model. Groups of five people and more are judged, so that a fair model is found fair."""
    settings.BEKAL_HOME = tmp_path
    settings.BEKAL_FAIRNESS_LIMITS = {"loss": 0.5, "widening": 0.5, "least_people": 5, "confidence": 0.95}
    with on(TODAY):
        yield build_market()
