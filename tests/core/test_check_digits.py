from hypothesis import given
from hypothesis import strategies as st

from bekal.core.check_digits import check_digit, is_checked, random_number

DIGITS = st.text(st.sampled_from("0123456789"), min_size=1, max_size=20)


def test_the_published_example() -> None:
    assert check_digit("572") == "4"


@given(digits=DIGITS)
def test_a_number_with_its_digit_is_right_and_with_any_other_wrong(digits: str) -> None:
    right = check_digit(digits)
    assert [last for last in "0123456789" if is_checked(digits + last, length=len(digits) + 1)] == [right]


@given(digits=DIGITS, place=st.integers(min_value=0), other=st.sampled_from("0123456789"))
def test_one_wrong_digit_is_noticed(digits: str, place: int, other: str) -> None:
    number = digits + check_digit(digits)
    at = place % len(number)
    wrong = number[:at] + other + number[at + 1 :]
    assert is_checked(wrong, length=len(number)) == (wrong == number)


@given(digits=DIGITS, place=st.integers(min_value=0))
def test_two_neighbours_that_changed_places_are_noticed(digits: str, place: int) -> None:
    number = digits + check_digit(digits)
    at = place % (len(number) - 1)
    wrong = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    assert is_checked(wrong, length=len(number)) == (wrong == number)


def test_random_numbers_have_their_prefix_and_every_digit_everywhere() -> None:
    numbers = [random_number(prefix="88", length=16) for _ in range(500)]
    assert all(is_checked(number, length=16) and number.startswith("88") for number in numbers)
    assert len(set(numbers)) == 500
    for at in range(2, 16):
        assert {number[at] for number in numbers} == set("0123456789")


def test_what_is_no_number_is_not_right() -> None:
    assert not any(is_checked(text, length=4) for text in ("", "572", "57 4", "٥٧٢٤", "572٤", "-572", "57240"))
