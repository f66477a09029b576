import re
from enum import StrEnum
from pathlib import Path

from tests.programmes.tables import schema_keys

PAGE = (Path(__file__).parents[2] / "docs" / "programmes.md").read_text(encoding="utf-8")
REFERENCE = PAGE.partition("## Every key")[2].partition("## Where do I change X?")[0]
ROWS = dict(re.findall(r"^\| `([^`]+)` \| (.+) \|$", REFERENCE, re.MULTILINE))


def test_every_key_of_the_schema_is_explained_and_no_other() -> None:
    assert sorted(ROWS) == sorted(key.path for key in schema_keys())


def test_exactly_the_keys_that_may_be_left_out_are_called_so() -> None:
    called_so = sorted(path for path, words in ROWS.items() if words.startswith("optional") or "; left out for" in words)
    assert called_so == sorted(key.path for key in schema_keys() if not key.is_required)


def test_every_word_that_a_key_accepts_is_explained() -> None:
    for key in schema_keys():
        if issubclass(key.kind, StrEnum):
            named = re.findall(r"`([^`]+)`", ROWS[key.path])
            assert [word for word in key.kind if word not in named] == [], key.path
