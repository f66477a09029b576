import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bekal.core.money import MAX_IDR, convert_to_idr, format_idr


@pytest.mark.parametrize(
    ("amount_idr", "written"),
    [(0, "Rp0"), (50, "Rp50"), (300_000, "Rp300.000"), (672_497_800_000, "Rp672.497.800.000"), (-1_500_000, "-Rp1.500.000")],
)
def test_amounts_are_written_as_in_indonesia(amount_idr: int, written: str) -> None:
    assert format_idr(amount_idr) == written


@given(st.integers(min_value=-MAX_IDR, max_value=MAX_IDR))
def test_no_digit_is_ever_lost(amount_idr: int) -> None:
    assert int(format_idr(amount_idr).replace("Rp", "").replace(".", "")) == amount_idr


@pytest.mark.parametrize(
    ("price", "rate", "amount_idr"),
    [("20", "14500", 290_000), ("19.99", "14500", 289_855), ("0", "1", 0), ("0.5", "1", 1), ("0.4999", "1", 0), (" 7 ", "1", 7)],
)
def test_foreign_prices_become_whole_rupiah_half_rounding_up(price: str, rate: str, amount_idr: int) -> None:
    assert convert_to_idr(price=price, rate=Decimal(rate)) == amount_idr


@pytest.mark.parametrize("price", ["", " ", "Free", "-1", "+1", "1,000", "1e5", "1.2.3", ".", "NaN", "٣", f"{MAX_IDR + 1}"])
def test_what_is_no_price_is_refused(price: str) -> None:
    with pytest.raises(ValueError, match=re.escape(price) or None):
        convert_to_idr(price=price, rate=Decimal(1))


def test_the_largest_amount_is_still_an_amount() -> None:
    assert convert_to_idr(price=str(MAX_IDR), rate=Decimal(1)) == MAX_IDR
