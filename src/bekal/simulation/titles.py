"""The words of a synthetic catalogue: titles, descriptions and the names of its providers."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bekal.catalogue.models import Mode

LEVELS: Final = 3
"""Beginners, everyone, advanced: 0, 1, 2."""

_PATTERNS: Final = (
    ("Dasar-Dasar {topic}", "Belajar {topic} dari Nol", "Pengenalan {topic}", "Langkah Pertama {topic}", "{topic}: Kelas Dasar"),
    ("Pelatihan {topic}", "Kursus {topic}", "Praktik {topic}", "Kelas {topic}", "Terampil {topic}"),
    ("Mahir {topic}", "Menguasai {topic}", "{topic} Tingkat Lanjut", "{topic}: Kelas Lanjutan", "{topic} Profesional"),
)
_AUDIENCES: Final = (
    "",  # for everyone
    " untuk Pencari Kerja",
    " untuk Wirausaha",
    " untuk UMKM",
    " untuk Lulusan SMA/SMK",
    " untuk Pekerja Lepas",
    " untuk Karyawan",
    " untuk Usaha Rumahan",
)
_AUDIENCE_WEIGHTS: Final = np.array([6, 2, 2, 1, 1, 1, 1, 1]) / 15
_LEVEL_WEIGHTS: Final = np.array([0.4, 0.4, 0.2])
_AIMS: Final = (
    (
        "Cocok bagi yang baru mulai; tidak perlu pengalaman.",
        "Materi disusun bertahap untuk pemula.",
        "Setiap istilah dijelaskan dengan contoh sehari-hari.",
    ),
    (
        "Setiap bab ditutup dengan latihan.",
        "Peserta langsung berlatih dan mendapat umpan balik.",
        "Disertai contoh kasus dan tugas praktik.",
    ),
    (
        "Untuk peserta yang sudah menguasai dasarnya.",
        "Diakhiri dengan tugas akhir yang dinilai pengajar.",
        "Membahas kasus yang sering ditemui di tempat kerja.",
    ),
)
_PLACES: Final = {Mode.ONLINE: "daring", Mode.OFFLINE: "tatap muka", Mode.HYBRID: "daring dan tatap muka"}

_KINDS: Final = (
    "Lembaga Kursus", "Lembaga Pelatihan", "Balai Latihan", "Pusat Belajar", "Rumah Belajar", "Sanggar Latihan", "Griya Terampil",
    "Wahana Kursus",
)  # fmt: skip
_TREES: Final = (
    "Cendana", "Kenanga", "Cempaka", "Meranti", "Flamboyan", "Ketapang", "Trembesi", "Kamboja", "Bakung", "Seruni", "Angsana",
    "Damar", "Gaharu", "Kemuning", "Lontar", "Mahoni", "Nipah", "Pinus", "Rotan", "Sawo", "Tanjung", "Ulin", "Waru", "Bungur",
)  # fmt: skip
_ENDINGS: Final = ("Raya", "Lestari", "Mandiri", "Sentosa", "Utama", "Persada", "Abadi", "Jaya", "Bersama", "Maju")


def compose_titles(
    rng: np.random.Generator, *, topics: Sequence[str], count: int
) -> tuple[list[str], NDArray[np.int64], NDArray[np.int64]]:
    """Different titles about the topics of one field, with the position of the topic and the level of each.

    The first topics come more often.

    Raises:
        ValueError: more titles than can be composed of these topics.
    """
    shape = (len(topics), LEVELS, len(_PATTERNS[0]), len(_AUDIENCES))
    capacity = int(np.prod(shape))
    if count > capacity:
        raise ValueError(f"{capacity} titles can be composed of {len(topics)} topics, not {count}")
    of_topic = 1 / (3 + np.arange(len(topics)))
    weights = np.einsum("i,j,k,l->ijkl", of_topic, _LEVEL_WEIGHTS, np.ones(shape[2]), _AUDIENCE_WEIGHTS).ravel()
    picked = rng.choice(capacity, size=count, replace=False, p=weights / weights.sum())
    of_topics, levels, patterns, audiences = np.unravel_index(picked, shape)
    titles = [
        _PATTERNS[level][pattern].format(topic=topics[topic]) + _AUDIENCES[audience]
        for topic, level, pattern, audience in zip(of_topics, levels, patterns, audiences, strict=True)
    ]
    return titles, of_topics.astype(np.int64), levels.astype(np.int64)


def compose_description(rng: np.random.Generator, *, topic: str, level: int, hours: int, mode: Mode) -> str:
    """Two sentences: what it is, and for whom or how."""
    aims = _AIMS[level]
    return f"Pelatihan {_PLACES[mode]} selama {hours} jam tentang {topic}. {aims[int(rng.integers(len(aims)))]}"


def compose_provider_names(rng: np.random.Generator, count: int) -> tuple[str, ...]:
    """Different names of made-up training institutions.

    Raises:
        ValueError: more than can be composed.
    """
    capacity = len(_KINDS) * len(_TREES) * len(_ENDINGS)
    if count > capacity:
        raise ValueError(f"there are names for {capacity} providers, not for {count}")
    picked = rng.choice(capacity, size=count, replace=False).tolist()
    kinds, endings = len(_KINDS), len(_ENDINGS)
    return tuple(f"{_KINDS[n % kinds]} {_TREES[n // kinds // endings]} {_ENDINGS[n // kinds % endings]}" for n in picked)
