"""Which transfers are of one instalment, by their keys."""

import pytest
from django.db import connection


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("key", "number", "is_one"),
    [
        ("instalment:1/1", 1, True),
        ("instalment:1/2:paid", 1, True),
        ("instalment:10/1", 1, False),
        ("instalment:1/1", 10, False),
        ("settle:1", 1, False),
    ],
)
def test_a_key_is_of_one_instalment_alone(key: str, number: int, is_one: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT payouts_is_instalment(%s, %s)", [key, number])
        assert cursor.fetchone() == (is_one,)
