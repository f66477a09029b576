from decimal import Decimal

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from bekal.core.amounts import (
    AmountMalformed,
    AmountNegative,
    AmountTooLarge,
    AmountUnclear,
    DecimalMark,
    read_amount,
    read_idr,
)
from bekal.core.money import MAX_IDR, format_idr

POINT, COMMA = DecimalMark.POINT, DecimalMark.COMMA


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("371000", "371000"),
        ("0", "0"),
        (" 371000 ", "371000"),
        ("1.500.000", "1500000"),
        ("1,500,000", "1500000"),
        ("371.000,00", "371000.00"),
        ("371,000.50", "371000.50"),
        ("1.234.567,8", "1234567.8"),
        ("19.99", "19.99"),
        ("19,99", "19.99"),
        ("1234.567", "1234.567"),
        ("0.500", "0.500"),
        (".5", "0.5"),
        ("371.", "371"),
        ("371000.00", "371000.00"),
        ("1 500 000", "1500000"),
        ("371\u00a0000", "371000"),
        ("Rp\u00a0371\u202f000,50", "371000.50"),
        ("\u200e371000\u200b", "371000"),
        ("Rp371000", "371000"),
        ("Rp 1.500.000", "1500000"),
        ("rp. 1.500.000", "1500000"),
        ("IDR 1,500,000", "1500000"),
        ("Rp371.000,-", "371000.00"),
        ("371.000,-", "371000.00"),
    ],
)
def test_what_the_text_alone_decides_is_read(text: str, amount: str) -> None:
    assert read_amount(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["371.000", "371,000", "1.000", "19.990", "Rp371.000", " 371.000 ", "0371.000", "00371,000"])
def test_three_digits_behind_the_only_mark_have_two_readings(text: str) -> None:
    with pytest.raises(AmountUnclear):
        read_amount(text)


def test_both_readings_are_told() -> None:
    with pytest.raises(AmountUnclear) as unclear:
        read_amount("371.000")
    with override("en"):
        assert str(unclear.value) == (
            "“371.000” can be read as 371 or 371000."
            " Write it without a separator for thousands, or state which mark separates decimals."
        )


@pytest.mark.parametrize(
    ("text", "mark", "amount"),
    [
        ("371.000", COMMA, "371000"),
        ("371.000", POINT, "371"),
        ("371,000", POINT, "371000"),
        ("371,000", COMMA, "371"),
        ("1.500.000", COMMA, "1500000"),
        ("1,500,000.25", POINT, "1500000.25"),
        ("371000", COMMA, "371000"),
    ],
)
def test_the_mark_that_the_caller_states_decides(text: str, mark: DecimalMark, amount: str) -> None:
    assert read_amount(text, decimal_mark=mark) == Decimal(amount)


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("", None),
        (" ", None),
        (".", None),
        ("Rp", None),
        ("1.5.0", None),
        ("1.50.000", None),
        ("1.500,000,000", None),
        ("1,234,567.8,9", None),
        ("12 34", None),
        ("371.000 000", None),
        ("1.371 000", None),
        ("1 500.000,00", None),
        ("1234 567", None),
        ("1e5", None),
        ("NaN", None),
        ("١٢", None),
        ("1_000", None),
        ("0x10", None),
        ("5 USD", None),
        ("1.500.000", POINT),
        ("371,00", POINT),
        ("19.99", COMMA),
    ],
)
def test_anything_else_is_no_amount(text: str, mark: DecimalMark | None) -> None:
    with pytest.raises(AmountMalformed):
        read_amount(text, decimal_mark=mark)


@pytest.mark.parametrize("text", ["-1", "-1.500.000", "-1 500 000", " -0.5"])
def test_below_zero_is_refused_as_such(text: str) -> None:
    with pytest.raises(AmountNegative):
        read_amount(text)


def test_rupiah_are_whole_and_fit_an_account() -> None:
    assert read_idr("19,99", rate=Decimal(14_500)) == 289_855
    assert read_idr("1000.5") == 1001
    assert read_idr(str(MAX_IDR)) == MAX_IDR
    for text in (str(MAX_IDR + 1), "9" * 5_000):
        with pytest.raises(AmountTooLarge):
            read_idr(text)


@given(st.integers(min_value=1_000_000, max_value=MAX_IDR))
def test_what_pages_write_from_a_million_on_is_read_back(amount_idr: int) -> None:
    assert read_idr(format_idr(amount_idr)) == amount_idr


@given(st.text(st.sampled_from("0123456789.,"), max_size=12))
def test_an_amount_has_one_reading_or_none(text: str) -> None:
    """What is read without a mark is what it is with the mark that its reading implies; the other refuses or agrees."""
    try:
        amount = read_amount(text)
    except (AmountMalformed, AmountUnclear):
        return
    readings = set()
    for mark in DecimalMark:
        try:
            readings.add(read_amount(text, decimal_mark=mark))
        except AmountMalformed:
            continue
    # A whole part of zeros is no group of thousands: 0.500 is a half, whatever else is stated.
    assert amount in readings
