"""Finding trainings by what people type: typing errors, words of another language, some of the words. Knows no database.

The titles are held as an index of words in memory. What is typed is taken apart into units: words, and phrases of the list of
synonyms. A unit is found where one of its ways to be written is: as it stands, as another form of the word, as the beginning of
one (the last alone), as a synonym. A word that is none of these is taken for the likeliest known one. A training counts the more,
the rarer the units are that it has, and more in its title than in its field's or provider's name.
"""

import math
import unicodedata
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bekal.catalogue.models import SPLITTING
from bekal.catalogue.synonyms import Phrase, Synonyms
from bekal.core.names import visible

_MOST_WORDS: Final = 10
_APART: Final = {ord(character): " " for character in SPLITTING} | dict.fromkeys([*range(32), 127], " ")

_IN_TITLE: Final = 1.0
_IN_LABEL: Final = 0.5
_IN_PROVIDER: Final = 0.5
_FORM: Final = 0.95
"""Another form of the word, as PostgreSQL's Indonesian stemmer sees it."""
_BEGINNING: Final = 0.8
_SYNONYM: Final = 0.85
_GENERIC: Final = 0.05
_ADJACENT: Final = 0.2
"""For all that was typed standing in the title as it was typed."""
_ENOUGH: Final = 0.6
"""Where no training has all units, those that have this share of what the best one has are found."""

_LEAST_CORRECTED: Final = 4
_MOST_CORRECTED: Final = 30
"""Of how many letters a word is that is taken for another."""

Words = tuple[str, ...]
Places = Mapping[int, float]
"""Trainings by their place in the index, each with how well it has something, up to 1."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A training as it is found: its key, its texts, the stems of its title, and what its field is called."""

    key: int
    title: str
    provider: str
    stems: Sequence[str]
    labels: Sequence[str]


@dataclass(frozen=True, slots=True)
class Matches:
    """What a text finds: keys of trainings, best first.

    Attributes:
        corrected: what was looked for instead of what was typed; empty where that was known.
        is_partial: no training has all that was typed; these have some of it.
    """

    keys: tuple[int, ...] = ()
    corrected: str = ""
    is_partial: bool = False


@dataclass(frozen=True, slots=True)
class _Unit:
    """A part of what was typed, and which trainings have it how well."""

    places: Places
    weight: float


def words_of(text: str) -> Words:
    """The words of a text as they are compared: small letters without accents, up to ten of those with a letter or a digit."""
    return _split(text)[:_MOST_WORDS]


class Index:
    """The words of a catalogue, read alone once it is made."""

    def __init__(self, entries: Iterable[Entry], synonyms: Synonyms) -> None:
        self._synonyms = synonyms
        self._keys: list[int] = []
        self._titles: list[Words] = []
        self._words: dict[str, dict[int, float]] = {}
        self._stems: dict[str, dict[int, float]] = {}
        for place, entry in enumerate(entries):
            self._keys.append(entry.key)
            self._titles.append(_split(entry.title))
            for words, quality in (
                (self._titles[-1], _IN_TITLE),
                (_split(" ".join(entry.labels)), _IN_LABEL),
                (_split(entry.provider), _IN_PROVIDER),
            ):
                for word in words:
                    _add(self._words, word, place, quality)
            for stem in entry.stems:
                _add(self._stems, stem, place, _FORM)
        self._ordered = sorted(self._words)
        self._known = {*self._words, *(word for phrase in synonyms.phrases for word in phrase)}
        self._candidates = [word for word in self._known if len(word) >= _LEAST_CORRECTED - 1 and not word.isdigit()]

    def find(self, words: Words, stems: Mapping[str, Collection[str]]) -> Matches:
        """The trainings that have what was typed.

        Args:
            words: as of `words_of`.
            stems: of words, as the index has them of titles.
        """
        known = [self._is_known(word, stems, is_last=word is words[-1]) for word in words]
        # Beside a word that is known, one that is not may be of a thing that no training is about: then it must look very alike.
        is_sure = any(each and word not in self._synonyms.generic for word, each in zip(words, known, strict=True))
        typed = tuple(word if each else self._corrected(word, is_sure=is_sure) for word, each in zip(words, known, strict=True))
        corrected = "" if typed == words else " ".join(typed)
        segments = self._segments(typed)
        said = [phrase for phrase in segments if len(phrase) > 1 or phrase[0] not in self._synonyms.generic] or segments
        all_units = [self._unit(phrase, stems, is_last=phrase is segments[-1]) for phrase in said]
        units = [unit for unit in all_units if unit.places]
        if not units:
            return Matches()
        total = sum(unit.weight for unit in units)
        shares, scores = self._weighed(units)
        most = max(shares.values())
        has_all = most >= total * (1 - 1e-9)
        least = most * (1 - 1e-9) if has_all else _ENOUGH * most
        self._add_small(scores, typed, total)
        kept = [place for place, share in shares.items() if share >= least]
        kept.sort(key=lambda place: (-round(scores[place], 6), len(self._titles[place]), self._titles[place], self._keys[place]))
        return Matches(tuple(self._keys[place] for place in kept), corrected, not has_all or len(units) < len(all_units))

    def _weighed(self, units: Sequence[_Unit]) -> tuple[dict[int, float], dict[int, float]]:
        """By place: how much weight the units have that it has, and the same with how well it has them."""
        shares: dict[int, float] = {}
        scores: dict[int, float] = {}
        for unit in units:
            for place, quality in unit.places.items():
                shares[place] = shares.get(place, 0.0) + unit.weight
                scores[place] = scores.get(place, 0.0) + unit.weight * quality
        return shares, scores

    def _add_small(self, scores: dict[int, float], typed: Words, total: float) -> None:
        """What decides among trainings that are as good: generic words, and words that stand beside each other."""
        for word in typed:
            if word in self._synonyms.generic:
                for place in self._words.get(word, ()):
                    if place in scores:
                        scores[place] += _GENERIC
        if len(typed) > 1:
            for place in scores:
                if _holds(self._titles[place], typed):
                    scores[place] += _ADJACENT * total

    def _is_known(self, word: str, stems: Mapping[str, Collection[str]], *, is_last: bool) -> bool:
        return (
            word in self._known
            or word in self._synonyms.generic
            or any(stem in self._stems for stem in stems.get(word, ()))
            or (is_last and bool(self._beginning(word)))
        )

    def _corrected(self, word: str, *, is_sure: bool) -> str:
        """The likeliest known word in the place of one that is not, or that one."""
        if not _LEAST_CORRECTED <= len(word) <= _MOST_CORRECTED or word.isdigit():
            return word
        most = 1 if len(word) < 6 else 2 if len(word) < 10 else 3
        most = min(most, max(1, len(word) // 5)) if is_sure else most
        found = process.extract(word, self._candidates, scorer=OSA.distance, score_cutoff=most, limit=8)
        if not found:
            return word
        return min(found, key=lambda each: (each[1], *self._unlikeliness(each[0], word)))[0]

    def _unlikeliness(self, candidate: str, word: str) -> tuple[bool, bool, int, str]:
        """Of words that are as alike: rather one of a topic than one of none, of the same first letter, of many trainings."""
        is_generic = candidate in self._synonyms.generic
        return is_generic, candidate[0] != word[0], -len(self._words.get(candidate, ())), candidate

    def _beginning(self, word: str) -> list[str]:
        first = bisect_left(self._ordered, word)
        last = bisect_left(self._ordered, word + "\U0010ffff")
        return self._ordered[first:last]

    def _segments(self, words: Words) -> list[Phrase]:
        """What was typed as the longest phrases that have synonyms, and single words."""
        segments: list[Phrase] = []
        while words:
            size = next(
                (
                    size
                    for size in range(min(self._synonyms.longest, len(words)), 1, -1)
                    if words[:size] in self._synonyms.phrases
                ),
                1,
            )
            segments.append(words[:size])
            words = words[size:]
        return segments

    def _unit(self, phrase: Phrase, stems: Mapping[str, Collection[str]], *, is_last: bool) -> _Unit:
        places: dict[int, float] = {}
        _merge(places, self._having(phrase, stems), 1.0)
        if is_last and len(phrase) == 1:
            for word in self._beginning(phrase[0]):
                _merge(places, self._words[word], _BEGINNING)
        for other in self._synonyms.phrases.get(phrase, ()):
            _merge(places, self._having(other, {}), _SYNONYM)
        return _Unit(places, math.log(1 + len(self._keys) / (1 + len(places))))

    def _having(self, phrase: Phrase, stems: Mapping[str, Collection[str]]) -> Places:
        """Which trainings have all words of a phrase, as well as they have the least of them."""
        found: dict[int, float] | None = None
        for word in phrase:
            places: dict[int, float] = {}
            _merge(places, self._words.get(word, {}), 1.0)
            for stem in stems.get(word, ()):
                _merge(places, self._stems.get(stem, {}), 1.0)
            if found is None:
                found = places
            else:
                found = {place: min(quality, places[place]) for place, quality in found.items() if place in places}
        return found or {}


def _split(text: str) -> Words:
    letters = unicodedata.normalize("NFKD", visible(text))
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    apart = plain.encode(errors="ignore").decode().casefold().translate(_APART)
    return tuple(word for word in apart.split() if any(character.isalnum() for character in word))


def _add(postings: dict[str, dict[int, float]], word: str, place: int, quality: float) -> None:
    places = postings.setdefault(word, {})
    places[place] = max(quality, places.get(place, 0.0))


def _merge(into: dict[int, float], places: Places, factor: float) -> None:
    for place, quality in places.items():
        if quality * factor > into.get(place, 0.0):
            into[place] = quality * factor


def _holds(title: Words, words: Words) -> bool:
    return any(title[start : start + len(words)] == words for start in range(len(title) - len(words) + 1))
