"""Topics and levels, read from titles like those of real catalogues."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bekal.recommender.engine import UNKNOWN
from bekal.recommender.serving.topics import ADVANCED, BASIC, INTERMEDIATE, Subject, as_coded, subject_of, topics_of
from bekal.simulation.catalogue import FIELDS, build_catalogue
from bekal.simulation.topics import TOPICS


@pytest.mark.parametrize(
    ("title", "topic", "level"),
    [
        ("Belajar Microsoft Excel untuk Pemula", "excel microsoft", BASIC),
        ("Microsoft Excel Tingkat Lanjut", "excel microsoft", ADVANCED),
        ("Kursus Microsoft Excel", "excel microsoft", BASIC),
        ("Microsoft Excel: Kelas Menengah bagi Karyawan", "excel microsoft", INTERMEDIATE),
        ("Intro to Microsoft Excel (Beginner Class)", "excel microsoft", BASIC),
        ("Advanced Microsoft Excel for Employees", "excel microsoft", ADVANCED),
        ("Dasar-Dasar Digital Marketing bagi Ibu Rumah Tangga dan UMKM", "digital marketing", BASIC),
        ("DIGITAL  MARKETING – dari Nol hingga Mahir", "digital marketing", ADVANCED),
        ("Bahasa Inggris Level 2", "bahasa inggris", 1),
        ("Bahasa Inggris Tingkat III untuk Lulusan SMA/SMK", "bahasa inggris", 2),
        ("Menjadi Barista Profesional", "barista", ADVANCED),
        ("Pengenalan Barista Profesional", "barista", BASIC),
        ("Kue Kering & Kue Basah", "basah kering kue", BASIC),
        ("Kue Basah dan Kue Kering, Praktis dan Mudah", "basah kering kue", BASIC),
        ("Pemrograman C++ Lanjutan", "c++ pemrograman", ADVANCED),
        ("Pemrograman C# Lanjutan", "c# pemrograman", ADVANCED),
        # A purpose is no audience, and a word that only looks like a level is none.
        ("Bahasa Inggris untuk Perhotelan", "bahasa inggris perhotelan", BASIC),
        ("Public Speaking untuk Guru Bahasa Jepang", "bahasa guru jepang public speaking", BASIC),
        ("Matematika Sekolah Dasar", "matematika sekolah_dasar", BASIC),
        ("Perawatan Lanjut Usia", "lanjut_usia perawatan", BASIC),
        ("Analisis Fundamental Saham", "analisis_fundamental saham", BASIC),
        ("Laporan Keuangan Usaha Kecil dan Menengah", "kecil_dan_menengah keuangan laporan usaha", BASIC),
        ("Bimbingan Belajar Anak SD", "anak belajar bimbingan sd", BASIC),
        # Nothing is left.
        ("Kelas Dasar untuk Pemula", "", BASIC),
        ("Pelatihan", "", BASIC),
        ("???", "", BASIC),
    ],
)
def test_a_title_says_topic_and_level(title: str, topic: str, level: int) -> None:
    assert subject_of(title) == Subject(topic, level)


def test_invisible_characters_make_no_other_topic() -> None:
    assert subject_of("Desain\u200b Grafis") == subject_of("Desain Grafis")


def test_levels_of_a_topic_have_no_gaps() -> None:
    titles = ["Dasar Rajut", "Rajut Lanjutan", "Rajut", "Sulam: Kelas Menengah", "Vokal Level 1", "Vokal Level 4", "Pelatihan"]
    topics, levels = as_coded([subject_of(title) for title in titles])
    assert levels.tolist() == [0, 1, 0, 0, 0, 1, UNKNOWN]
    assert [topics[0] == topics[1] == topics[2], topics[4] == topics[5], topics[6]] == [True, True, UNKNOWN]
    assert len(set(topics.tolist())) == 4
    assert topics.dtype == np.int32
    assert levels.dtype == np.int8


def test_a_catalogue_that_changes_is_read_again() -> None:
    assert topics_of(("Rajut", "Kursus Rajut"))[0].tolist() == [0, 0]
    assert topics_of(("Rajut", "Kursus Sulam"))[0].tolist() == [0, 1]
    assert topics_of(("Rajut", "Kursus Rajut"))[0].tolist() == [0, 0]


def test_without_titles_there_are_no_topics() -> None:
    topics, levels = as_coded([])
    assert (topics.size, levels.size) == (0, 0)


@given(st.lists(st.text(max_size=40), max_size=12))
def test_any_text_is_read_and_equal_topics_are_equal_codes(titles: list[str]) -> None:
    topics, levels = as_coded([subject_of(title) for title in titles])
    named = [subject_of(title).topic for title in titles]
    for one, code in zip(named, topics, strict=True):
        assert [other == code for other in topics] == [bool(one) and other == one if one else not other for other in named]
    assert ((levels == UNKNOWN) == (topics == UNKNOWN)).all()


def test_the_topics_of_a_synthetic_catalogue_are_found_again() -> None:
    catalogue = build_catalogue(seed=2021)
    topics, _ = as_coded([subject_of(training.title) for training in catalogue.trainings])
    true = [TOPICS[FIELDS[field]][topic].name for field, topic in zip(catalogue.fields, catalogue.topics, strict=True)]
    assert len(set(true)) == len(set(topics.tolist())) == len(set(zip(true, topics.tolist(), strict=True))) == 200
