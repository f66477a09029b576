"""What people type finds what they mean: on an index in memory, without a database."""

import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bekal.catalogue
from bekal.catalogue.search import Entry, Index, words_of
from bekal.catalogue.synonyms import packaged_synonyms, synonyms_of

TITLES = (
    "Kopi dan Barista untuk Pemula",
    "Fotografi Produk dengan Ponsel",
    "Akuntansi Sederhana",
    "Lembar Kerja Spreadsheet",
    "Bahasa Mandarin",
    "Bahasa Inggris Percakapan",
    "Iklan Digital",
    "Pemasaran Media Sosial",
    "Servis Ponsel",
    "Kerajinan Kulit",
)
INDEX = Index((Entry(place, title, "Lembaga Cendana", (), ()) for place, title in enumerate(TITLES)), packaged_synonyms())


def found(text: str, index: Index = INDEX) -> list[str]:
    return [TITLES[key] for key in index.find(words_of(text), {}).keys]


def index_of(*titles: str, groups: Sequence[Sequence[str]] = (), generic: Sequence[str] = ()) -> Index:
    entries = (Entry(place, title, "", (), ()) for place, title in enumerate(titles))
    return Index(entries, synonyms_of(groups, generic=generic))


def keys(index: Index, text: str) -> tuple[int, ...]:
    return index.find(words_of(text), {}).keys


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("baristta", TITLES[0]),
        ("fotogarfi", TITLES[1]),
        ("akutansi", TITLES[2]),
        ("photography", TITLES[1]),
        ("accounting", TITLES[2]),
        ("excel", TITLES[3]),
        ("cina", TITLES[4]),
        ("pemasaran digital", TITLES[6]),
        ("bahasa ingris", TITLES[5]),
        ("acounting", TITLES[2]),  # a typing error in the other language
        ("KURSUS EXCEL ONLINE GRATIS", TITLES[3]),
        ("akunt", TITLES[2]),  # still being typed
        ("fótografi", TITLES[1]),
        ("foto\u200bgrafi", TITLES[1]),  # copied with what nobody sees
        ("media-sosial", TITLES[7]),
    ],
)
def test_the_training_that_is_meant_comes_first(text: str, title: str) -> None:
    assert found(text)[0] == title


def test_words_are_compared_without_accents_and_capitals() -> None:
    assert words_of("Fótográfi ÉLÉGANCE") == ("fotografi", "elegance")


def test_of_words_that_are_as_alike_the_one_with_the_same_first_letter_is_meant() -> None:
    index = index_of("Banam", "Tanas")
    assert index.find(words_of("tanam"), {}).corrected == "tanas"


def test_the_longest_phrase_is_what_is_meant() -> None:
    groups = [["pemasaran media sosial", "smm"], ["pemasaran media", "iklan"]]
    assert keys(index_of("Iklan Dasar", "SMM Dasar", groups=groups), "pemasaran media sosial") == (1,)


def test_a_word_that_is_still_being_typed_is_not_taken_for_another() -> None:
    index = index_of("Fotografi Produk", "Foton dan Cahaya")
    matches = index.find(words_of("fotog"), {})
    assert (matches.keys, matches.corrected) == ((0,), "")


@pytest.mark.parametrize(
    ("text", "corrected"),
    [
        ("baristta", "barista"),
        ("kopi baristta", "kopi barista"),
        ("barista", ""),
        ("photography", ""),
        ("baris", ""),
        ("xyzxy", ""),
    ],
)
def test_what_was_looked_for_instead_is_told(text: str, corrected: str) -> None:
    assert INDEX.find(words_of(text), {}).corrected == corrected


@pytest.mark.parametrize("text", ["zzzzzz", "xq", "12345", "", "☕", "q" * 200])
def test_what_nothing_is_about_finds_nothing(text: str) -> None:
    assert found(text) == []


def test_some_words_are_enough_where_no_training_has_all() -> None:
    matches = INDEX.find(words_of("kerajinan kulit sapi"), {})
    assert (matches.keys, matches.is_partial) == ((9,), True)
    assert INDEX.find(words_of("kerajinan kulit"), {}).is_partial is False
    # Where one has all, those that have some are not shown.
    assert found("bahasa mandarin") == ["Bahasa Mandarin"]
    # Of those that have some, the rarer word counts more.
    assert found("bahasa kulit") == ["Kerajinan Kulit", "Bahasa Mandarin", "Bahasa Inggris Percakapan"]


def test_beside_a_known_word_only_what_looks_very_alike_is_corrected() -> None:
    assert INDEX.find(words_of("kopi singkong"), {}).corrected == ""
    assert INDEX.find(words_of("kopi baristaa"), {}).corrected == "kopi barista"


def test_a_phrase_means_more_than_its_words() -> None:
    index = index_of(
        "Jualan Daring", "Toko Kelontong", "Daring Saja", groups=[["jualan daring", "online shop"], ["toko", "shop"]]
    )
    assert keys(index, "online shop") == (0,)
    assert keys(index, "shop") == (1,)


def test_synonyms_work_both_ways_and_a_word_may_be_in_several_groups() -> None:
    index = index_of("Menjahit", "Sewing", "Desain", "Tailoring", groups=[["menjahit", "sewing"], ["sewing", "tailoring"]])
    assert keys(index, "menjahit") == (0, 1)
    assert keys(index, "sewing") == (1, 0, 3)


def test_generic_words_decide_only_where_nothing_else_is_asked_for() -> None:
    index = index_of("Kursus Musik", "Pelatihan Tari", "Musik", generic=["kursus", "pelatihan"])
    assert keys(index, "pelatihan musik") == (2, 0)
    assert keys(index, "kursus musik") == (0, 2)
    assert keys(index, "pelatihan") == (1,)


def test_a_word_is_rather_taken_for_one_of_a_topic_than_for_one_of_none() -> None:
    index = index_of("Kelas Kopi", "Kelas Teh", "Las Listrik", groups=[["las", "mengelas"]], generic=["kelas"])
    assert index.find(words_of("ngelas"), {}).corrected == "mengelas"
    assert keys(index, "ngelas") == (2,)


def test_titles_count_more_than_providers_and_fields() -> None:
    entries = [
        Entry(1, "Roti", "Lembaga Kopi", (), ()),
        Entry(2, "Teh", "X", (), ("kopi dan teh",)),
        Entry(3, "Kopi", "X", (), ()),
    ]
    index = Index(entries, synonyms_of([]))
    assert keys(index, "kopi")[0] == 3
    assert set(keys(index, "kopi")) == {1, 2, 3}


def test_another_form_of_a_word_is_found_by_its_stem() -> None:
    index = Index([Entry(1, "Melatih Karyawan", "X", ("latih", "karyawan"), ())], synonyms_of([]))
    assert index.find(("pelatihan",), {"pelatihan": ["latih"]}).keys == (1,)


def test_the_list_of_synonyms_is_written_as_it_is_compared() -> None:
    path = Path(bekal.catalogue.__file__).parent / "synonyms.toml"
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    texts = [text for group in content["groups"] for text in group] + content["generic"]
    assert [text for text in texts if " ".join(words_of(text)) != text] == []
    assert [group for group in content["groups"] if len(set(group)) < 2 or len(set(group)) != len(group)] == []
    assert len(content["generic"]) == len(set(content["generic"]))


@given(st.text(max_size=60))
def test_any_text_is_harmless(text: str) -> None:
    matches = INDEX.find(words_of(text), {})
    assert len(matches.keys) == len(set(matches.keys)) <= len(TITLES)
