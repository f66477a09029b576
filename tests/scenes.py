"""Scenes: what every test of a module finds at its beginning, made once for all of them.

A scene is made in one transaction around the module, and each test runs in a savepoint within it. So a module with a scene has no
mark `django_db`, whose end closes the connection, but makes all its tests use the fixture in which they find the scene.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, TypeVar

from django.db import connection, transaction

_T = TypeVar("_T")


@contextmanager
def made_once(blocker: Any, make: Callable[[], _T]) -> Iterator[_T]:
    """The scene, kept as long as the block; for a fixture of a module, which asks for `django_db_setup` too.

    Args:
        blocker: the fixture `django_db_blocker`.
    """
    with blocker.unblock(), transaction.atomic():
        yield make()
        transaction.set_rollback(True)


@contextmanager
def found_again(scene: _T) -> Iterator[_T]:
    """The scene as it was made, for one test; what the test writes is checked at its end and undone."""
    with transaction.atomic():
        yield deepcopy(scene)
        if not connection.needs_rollback:
            connection.check_constraints()
        transaction.set_rollback(True)
