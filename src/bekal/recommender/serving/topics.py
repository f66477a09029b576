"""What a training is about, and at which level: read from its title by plain rules and the tables of words below.

1. A title is cut into words in lower case, and at punctuation (`:`, `(`, ` - ` …) into segments. What `_KEPT` names is one word.
2. The highest level that its words name is the training's; where none does, that of beginners: such a title asks for nothing.
   *Professional* at the end of a segment counts only where no other word names a level.
3. Left out are words of levels; an audience, which is *for* and whoever `_AUDIENCES` names, up to the end of the segment; what
   says at either end of a segment only that it is a course; and words that say nothing.
4. The words that are left are the topic, in whatever order. Where none is left, the training is like no other.

Titles that say the same in other words stay apart, and so do those of two languages.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bekal.core.names import visible
from bekal.recommender.engine import UNKNOWN

BASIC: Final = 0
INTERMEDIATE: Final = 1
ADVANCED: Final = 2

Words = tuple[str, ...]

_REMEMBERED_TITLES: Final = 20_000
_REMEMBERED_CATALOGUES: Final = 4
_WORD: Final = re.compile(r"[^\W_]+[+#]*|[:;|()\[\]–—?!•]|\s-\s|[,&+]")
_BOUNDARY: Final = "|"


class _Phrases(Mapping[Words, int]):
    """Phrases with the level of each, to be looked for in a text."""

    def __init__(self, *of_levels: tuple[int, str]) -> None:
        """Take for each level its phrases, with commas between them."""
        self._levels = {tuple(phrase.split()): level for level, text in of_levels for phrase in text.split(",")}
        self._by_first: dict[str, list[Words]] = {}
        for phrase in sorted(self._levels, key=len, reverse=True):
            self._by_first.setdefault(phrase[0], []).append(phrase)

    def __getitem__(self, phrase: Words) -> int:
        return self._levels[phrase]

    def __iter__(self) -> Iterator[Words]:
        return iter(self._levels)

    def __len__(self) -> int:
        return len(self._levels)

    def longest(self, words: Sequence[str], place: int = 0) -> Words:
        """The longest of the phrases that stands at a place; empty where none does."""
        first = words[place] if place < len(words) else ""
        found = (phrase for phrase in self._by_first.get(first, ()) if tuple(words[place : place + len(phrase)]) == phrase)
        return next(found, ())


def _phrases(text: str) -> _Phrases:
    return _Phrases((UNKNOWN, text))


_KEPT: Final = _phrases(
    "sekolah dasar, pendidikan dasar, bahan dasar, warna dasar, gaji dasar, sekolah menengah, kecil dan menengah, kecil menengah,"
    "menengah atas, menengah pertama, menengah kejuruan, lanjut usia, studi lanjut, visual basic, analisis fundamental,"
    "fundamental analysis, elementary school, master of ceremony, master chef, mixing dan mastering, cepat saji"
)
"""Phrases whose words would else be read as a level or as a word that says nothing."""

_ANYWHERE: Final = _Phrases(
    (
        BASIC,
        "dasar, pemula, dari nol, tingkat dasar, level dasar, kelas dasar, tingkat pemula, basic, basics, beginner, beginners,"
        "fundamental, fundamentals, from zero, from scratch, zero to hero, introduction to, introduction, intro to, intro,"
        "elementary, for dummies",
    ),
    (INTERMEDIATE, "menengah, tingkat menengah, level menengah, kelas menengah, intermediate"),
    (
        ADVANCED,
        "lanjut, lanjutan, tingkat lanjut, tingkat lanjutan, level lanjut, level lanjutan, kelas lanjut, kelas lanjutan, mahir,"
        "tingkat mahir, kelas mahir, advanced, expert",
    ),
)
"""The levels that phrases name wherever they stand."""

_FIRST: Final = _Phrases(
    (BASIC, "pengenalan, pengantar, langkah pertama, langkah awal, first steps, getting started with"),
    (ADVANCED, "menguasai, master, mastering"),
)
"""The same where they begin a segment."""

_LAST: Final = _phrases("profesional, professional, pro")
"""What names the advanced level where it ends a segment and no other word names one."""

_STEPS: Final = frozenset(("level", "tingkat", "tahap", "jenjang", "bagian", "part"))
_NUMBERS: Final = {"1": 0, "2": 1, "3": 2, "4": 3, "5": 4, "6": 5, "i": 0, "ii": 1, "iii": 2, "iv": 3, "v": 4, "vi": 5}
"""`Level 2`, `Bagian II`: a number that follows one of these words."""

_FOR: Final = frozenset(("untuk", "bagi", "buat", "khusus", "for"))
_BETWEEN: Final = _phrases("dan, atau, and, or, bagi, untuk")
_AUDIENCES: Final = _phrases(
    "umum, semua, semua orang, semua kalangan, siapa saja, masyarakat, para, pemula, ibu, ibu rumah tangga, ibu muda, perempuan,"
    "wanita, pria, anak muda, milenial, remaja, dewasa, pencari kerja, pekerja, pekerja lepas, pekerja harian, pekerja migran,"
    "pekerja kantoran, korban phk, freelancer, karyawan, karyawati, pegawai, staf, buruh, lulusan baru, lulusan, fresh graduate,"
    "sma, smk, smp, sd, d3, s1, diploma, sarjana, mahasiswa, pelajar, siswa, guru, dosen, wirausaha, wirausahawan,"
    "wirausaha muda, wiraswasta, pengusaha, pengusaha kecil, pelaku usaha, pelaku umkm, pemilik usaha, usaha kecil, usaha mikro,"
    "usaha rumahan, usaha kecil_dan_menengah, pelaku usaha kecil_dan_menengah, umkm, ukm, difabel, penyandang disabilitas,"
    "profesional, beginner, beginners, everyone, adults, students, teachers, employees, professionals, job seekers, jobseekers,"
    "freelancers, fresh graduates, entrepreneurs, housewives, mothers, women, men, small business owners, business owners"
)
_ONLY_A_COURSE: Final = _phrases(
    "pelatihan, kursus, kelas, kelas online, praktik, praktek, belajar, terampil, menjadi, jadi, cara, panduan, tips, kiat,"
    "rahasia, workshop, webinar, bootcamp, training, course, class, masterclass, learn, learning, program, seri"
)
"""What says at the beginning of a segment only that it is a course."""
_ONLY_A_COURSE_LAST: Final = _phrases("workshop, webinar, bootcamp, training, course, class, masterclass")
"""The same at its end."""
_SAYS_NOTHING: Final = _phrases(
    "dan, atau, di, ke, dari, dalam, dengan, yang, secara, para, hingga, sampai, untuk, bagi, buat, khusus, serta, anda, praktis,"
    "lengkap, mudah, sukses, handal, andal, jago, kilat, intensif, komprehensif, bersertifikat, and, or, of, to, in, on, with,"
    "the, a, an, for, your, complete, easy"
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a title says of a training.

    Attributes:
        topic: the words that are left, ascending; empty where none is.
        level: `BASIC`, `INTERMEDIATE`, `ADVANCED`, or one less than the number that the title states.
    """

    topic: str
    level: int


@lru_cache(maxsize=_REMEMBERED_TITLES)
def subject_of(title: str) -> Subject:
    """The topic and the level of a training, by the rules of this module."""
    words = [_word(found) for found in _WORD.findall(visible(title).lower())]
    levels: list[int] = []
    weak: list[int] = []
    left: set[str] = set()
    for segment in _split(words):
        kept = _without_levels(_without_audience(_joined(segment), levels), levels, weak)
        left.update(word for word in _without_form(kept) if (word,) not in _SAYS_NOTHING)
    return Subject(" ".join(sorted(left)), max(levels or weak, default=BASIC))


@lru_cache(maxsize=_REMEMBERED_CATALOGUES)
def topics_of(titles: tuple[str, ...]) -> tuple[NDArray[np.int32], NDArray[np.int8]]:
    """`as_coded` of what these titles say, read-only: every request asks, and catalogues seldom change."""
    topics, levels = as_coded([subject_of(title) for title in titles])
    topics.flags.writeable = levels.flags.writeable = False
    return topics, levels


def as_coded(subjects: Sequence[Subject]) -> tuple[NDArray[np.int32], NDArray[np.int8]]:
    """The topic and the level of each training of a catalogue, as `Catalogue` takes them: int32 and int8, one a training.

    Within a topic the levels that its trainings have are counted from 0 without gaps, so that the next level is the next one that
    there is: advanced follows basic where nothing lies between. Both are `UNKNOWN` where there is no topic.
    """
    steps: dict[str, set[int]] = {}
    for subject in subjects:
        steps.setdefault(subject.topic, set()).add(subject.level)
    ranks = {(topic, level): rank for topic, levels in steps.items() for rank, level in enumerate(sorted(levels))}
    codes = {topic: code for code, topic in enumerate(sorted(steps.keys() - {""}))}
    return (
        np.array([codes.get(subject.topic, UNKNOWN) for subject in subjects], dtype=np.int32),
        np.array([ranks[subject.topic, subject.level] if subject.topic else UNKNOWN for subject in subjects], dtype=np.int8),
    )


def _word(found: str) -> str:
    match found:
        case "," | "&" | "+":
            return "dan"
        case _ if found[0].isalnum():
            return found
        case _:
            return _BOUNDARY


def _split(words: Sequence[str]) -> Iterator[list[str]]:
    segment: list[str] = []
    for word in (*words, _BOUNDARY):
        if word != _BOUNDARY:
            segment.append(word)
        elif segment:
            yield segment
            segment = []


def _joined(words: list[str]) -> list[str]:
    """The words, with each phrase of `_KEPT` as one."""
    found, place = [], 0
    while place < len(words):
        phrase = _KEPT.longest(words, place) or (words[place],)
        found.append("_".join(phrase))
        place += len(phrase)
    return found


def _without_audience(words: list[str], levels: list[int]) -> list[str]:
    """The words up to an audience that ends the segment; what it says of a level is noted."""
    for start, word in enumerate(words[:-1]):
        if word not in _FOR:
            continue
        place = start + 1
        while place < len(words) and (phrase := _AUDIENCES.longest(words, place) or _BETWEEN.longest(words, place)):
            place += len(phrase)
        if place == len(words):
            levels.extend(BASIC for each in words[start:] if (each,) in _ANYWHERE)
            return words[:start]
    return words


def _without_levels(words: list[str], levels: list[int], weak: list[int]) -> list[str]:
    """The words without those that name levels, which are noted; `weak` gets those that count where no others are."""
    if first := _FIRST.longest(words):
        levels.append(_FIRST[first])
        words = words[len(first) :]
    kept, place = [], 0
    while place < len(words):
        if phrase := _ANYWHERE.longest(words, place):
            levels.append(_ANYWHERE[phrase])
        elif words[place] in _STEPS and words[place + 1 : place + 2] and words[place + 1] in _NUMBERS:
            levels.append(_NUMBERS[words[place + 1]])
            phrase = (words[place], words[place + 1])
        else:
            kept.append(words[place])
        place += len(phrase) or 1
    while kept and (kept[-1],) in _LAST:
        weak.append(ADVANCED)
        kept = kept[:-1]
    return kept


def _without_form(words: list[str]) -> list[str]:
    while phrase := _ONLY_A_COURSE.longest(words):
        words = words[len(phrase) :]
    while words and (words[-1],) in _ONLY_A_COURSE_LAST:
        words = words[:-1]
    return words
