import pytest

from bekal.core.phones import e164


@pytest.mark.parametrize(
    "text",
    [
        "081234567890",
        "6281234567890",
        "+6281234567890",
        "+62 812-3456-7890",
        "0812 3456 7890",
        "0812.3456.7890",
        "(0812) 3456\u20107890",
        "\u202a+62 812 3456 7890\u202c",
        "0812\u00a03456\u00a07890",
    ],
)
def test_one_number_has_one_form(text: str) -> None:
    assert e164(text) == "+6281234567890"


def test_a_number_of_another_country_says_so() -> None:
    assert e164("+65 9123 4567") == "+6591234567"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "0123456789",
        "0812345",
        "08123456789012345",
        "0812345678a",
        "+",
        "+999123456789",
        "tel:081234567890",
        "0812;ext=1",
    ],
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert e164(text) is None
