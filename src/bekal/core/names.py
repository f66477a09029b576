"""Texts that people type: one spelling for what looks the same.

A name is compared, stored and shown as people see it. What nobody can see (zero-width spaces, marks that turn the direction of
writing, fillers) would make two names of one, or let a name pass for another; so it goes, and what can be written in two ways is
written in one (NFC).
"""

import re
import unicodedata
from typing import Final

# What Unicode lets a program pass over when it draws, beside the format characters (Cf).
_FILLERS: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
_BETWEEN_WORDS: Final = ".,-"
_SEPARATORS: Final = re.compile("[\\s.\u2010-\u2015-]+")


def clean_name(text: str) -> str:
    """A name, a title or another line: NFC, without what is invisible, white space as single spaces, none around it."""
    return " ".join(visible(text).split())


def clean_text(text: str) -> str:
    """The same of a text of several lines, which stay as they are."""
    return visible(text).strip()


def visible(text: str) -> str:
    """A text in NFC, without the characters that are invisible or turn the direction of writing. White space stays."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", "".join(each for each in text if not _is_invisible(each)))


def is_name(text: str) -> bool:
    """Whether a cleaned text can be somebody's name: it has a letter, and nothing but what is written in one line."""
    return any(each.isalpha() for each in text) and all(unicodedata.category(each) != "Cc" for each in text)


def folded_name(text: str) -> str:
    """What of a name tells people apart: its letters and digits in small, without accents, the words in the alphabet's order."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", visible(text)).casefold())
    kept = (each if each.isalnum() else " " if each.isspace() or each in _BETWEEN_WORDS else "" for each in plain)
    return " ".join(sorted("".join(kept).split()))


def without_separators(text: str) -> str:
    """A number that people write in groups, without what stands between them: white space, points and dashes."""
    return _SEPARATORS.sub("", visible(text))


def is_visible(text: str) -> bool:
    """Whether `visible` would leave every character, whatever its spelling."""
    return text.isascii() or not any(_is_invisible(each) for each in text)


def _is_invisible(character: str) -> bool:
    return not character.isascii() and (unicodedata.category(character) == "Cf" or _FILLERS.match(character) is not None)
