"""Words that mean the same in search, in both languages: the list is `synonyms.toml`."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

_FILE: Final = "synonyms.toml"

Phrase = tuple[str, ...]
"""Words that stand beside each other."""


@dataclass(frozen=True, slots=True)
class Synonyms:
    """The list.

    Attributes:
        generic: words that say nothing of a topic.
        phrases: of each word or phrase, the others of its groups.
        longest: so many words has the longest phrase.
    """

    generic: frozenset[str]
    phrases: Mapping[Phrase, frozenset[Phrase]]
    longest: int


@cache
def packaged_synonyms() -> Synonyms:
    """The list that comes with the package."""
    content = tomllib.loads(files("bekal.catalogue").joinpath(_FILE).read_text(encoding="utf-8"))
    return synonyms_of(content["groups"], generic=content["generic"])


def synonyms_of(groups: Sequence[Sequence[str]], *, generic: Sequence[str] = ()) -> Synonyms:
    """A list of groups of words and phrases, in small letters. One may be in several groups, and then finds what is in each."""
    phrases: dict[Phrase, frozenset[Phrase]] = {}
    for group in groups:
        members = frozenset(tuple(text.split()) for text in group)
        for member in members:
            phrases[member] = phrases.get(member, frozenset()) | members - {member}
    return Synonyms(frozenset(generic), phrases, max(map(len, phrases), default=1))
