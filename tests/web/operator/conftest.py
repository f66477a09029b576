from collections.abc import Callable

import pytest
from django.test import Client

from bekal.access.models import Role
from tests.web.officers import enter_office

Enter = Callable[[Role], Client]


@pytest.fixture
def enter(db: None) -> Enter:
    """A browser of a new officer with this role, logged in with both factors."""
    return enter_office
