import pytest
from hypothesis import given
from hypothesis import strategies as st

from bekal.core.names import clean_name, clean_text, folded_name, is_visible, visible, without_separators

SPELLINGS = [
    "Kafé Kita",
    "Kafe\u0301 Kita",  # é of two characters
    "\ufeffKafé Kita",  # byte order mark
    "Kafé \u200bKita",  # zero-width space
    "K\u00adafé Kita\u200d",  # soft hyphen, joiner
    "Kafé\u00a0\u2003Kita",  # spaces that do not break, and wide ones
    "\u202aKafé Kita\u202c",  # turned and turned back
    "\u2066Kafé\u2069 Kita",
    "Kafé\ufe0f Kita\u3164",  # variation selector, filler
    "  Kafé \t Kita\r\n",
]


@pytest.mark.parametrize("text", SPELLINGS)
def test_what_looks_the_same_is_the_same(text: str) -> None:
    assert clean_name(text) == "Kafé Kita"


@pytest.mark.parametrize("text", ["Barista ☕", "Ngopi — “enak”", "日本語", "Café", "عربي"])
def test_what_is_seen_stays(text: str) -> None:
    assert (clean_name(text), is_visible(text)) == (text, True)


@pytest.mark.parametrize(
    "character", ["\u200b", "\u202e", "\u2066", "\ufeff", "\u00ad", "\u034f", "\u3164", "\ufe0f", "\U000e0041"]
)
def test_invisible_characters_are_known(character: str) -> None:
    assert (visible(f"a{character}b"), is_visible(f"a{character}b")) == ("ab", False)


def test_lines_of_a_text_stay() -> None:
    assert clean_text(" Satu\u200b\n\n dua \u202e\n") == "Satu\n\n dua"


def test_numbers_lose_what_groups_them() -> None:
    assert without_separators(" 3201\u00a0-0117\u200b 0895.0001\u2013") == "3201011708950001"


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = clean_name(text)
    assert clean_name(once) == once
    assert is_visible(once)


@pytest.mark.parametrize("text", ["Siti Nur Ma'rufah", "SITI NUR MARUFAH", "Marufah, Siti-Nur", "Síti  Nur Ma\u2019rufah\u200b"])
def test_spellings_of_one_name_fold_to_one(text: str) -> None:
    assert folded_name(text) == "marufah nur siti"


def test_other_names_fold_to_others() -> None:
    assert len({folded_name(text) for text in ("Siti Nur", "Siti Nurul", "Siti", "Sitinur", "")}) == 5


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert folded_name(folded_name(text)) == folded_name(text)
