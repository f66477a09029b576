"""A small programme for the pages: a wave, a few people, a score of trainings, made through the real services. All made up."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import uuid4

from bekal.access.models import Role, User
from bekal.access.services import add_user
from bekal.catalogue.models import Field, Mode, Training
from bekal.catalogue.services import NewTraining, add_trainings
from bekal.participants.models import Enrolment
from bekal.purchases.models import Purchase
from bekal.purchases.services import buy_training
from bekal.recommender.dashboard.arms import assign_by_hand
from bekal.recommender.models import Arm
from tests.builders import GrantedWave, grant_wave, on

PASSWORD: Final = "kata-sandi-uji"
BOUGHT_ON: Final = date(2021, 3, 8)
TODAY: Final = date(2021, 11, 22)
SPEND_BY_OVER: Final = date(2021, 12, 16)

_DESCRIPTION: Final = (
    "Anda belajar langkah demi langkah dengan contoh dari usaha kecil.\n\n"
    "Materi dapat diulang kapan saja. Di akhir ada tugas yang dinilai oleh pengajar."
)

_CATALOGUE: Final = (
    ("GRATIS-01", "Mengenal keselamatan kerja", Field.HEALTH_SAFETY, "Balai Karya Uji", "", 0),
    ("KUE-01", "Kue basah untuk jualan pagi", Field.FOOD_BEVERAGE, "Dapur Contoh", "Platform Satu", 50_000),
    ("KOPI-01", "Seduh kopi manual", Field.FOOD_BEVERAGE, "Dapur Contoh", "Platform Satu", 75_000),
    ("FOTO-01", "Foto produk dengan ponsel", Field.DESIGN, "Studio Percobaan", "Platform Dua", 120_000),
    ("IKLAN-01", "Iklan media sosial untuk usaha kecil", Field.SALES_MARKETING, "Studio Percobaan", "Platform Dua", 150_000),
    ("KAS-01", "Pembukuan kas sederhana", Field.FINANCE, "Balai Karya Uji", "Platform Satu", 200_000),
    ("INGGRIS-01", "Bahasa Inggris untuk melayani tamu", Field.FOREIGN_LANGUAGES, "Bahasa Contoh", "Platform Tiga", 240_000),
    ("JAHIT-01", "Menjahit pola dasar", Field.BEAUTY, "Balai Karya Uji", "", 250_000),
    ("EXCEL-01", "Lembar kerja untuk administrasi", Field.OFFICE, "Bahasa Contoh", "Platform Tiga", 299_000),
    ("WEB-01", "Membuat situs web pertama", Field.INFORMATION_TECHNOLOGY, "Studio Percobaan", "Platform Dua", 300_000),
    ("MOTOR-01", "Servis ringan sepeda motor", Field.AUTOMOTIVE, "Balai Karya Uji", "", 300_001),
    ("MANDARIN-01", "Bahasa Mandarin dasar", Field.FOREIGN_LANGUAGES, "Bahasa Contoh", "Platform Tiga", 450_000),
    ("PIMPIN-01", "Memimpin tim kecil", Field.MANAGEMENT, "Bahasa Contoh", "Platform Tiga", 500_000),
    ("DATA-01", "Analisis data untuk pemula", Field.INFORMATION_TECHNOLOGY, "Studio Percobaan", "Platform Dua", 700_000),
    ("BARISTA-01", "Sertifikasi barista", Field.FOOD_BEVERAGE, "Dapur Contoh", "Platform Satu", 1_200_000),
)


@dataclass(frozen=True, slots=True)
class Village:
    """Sari has Rp300.000 left, Dewi bought nothing yet, Budi spent everything."""

    granted: GrantedWave
    trainings: dict[str, Training]
    sari: Enrolment
    dewi: Enrolment
    budi: Enrolment


def build_village(*, password: str | None = None) -> Village:
    """The programme, with a login for everyone; nobody can log in by password unless one is given."""
    granted = grant_wave(count=3)
    ids = add_trainings(
        trainings=[
            NewTraining(
                code=code,
                title=title,
                field=field,
                provider=provider,
                platform=platform,
                price_idr=price_idr,
                description=_DESCRIPTION,
                hours=12,
                mode=Mode.ONLINE if platform else Mode.OFFLINE,
            )
            for code, title, field, provider, platform, price_idr in _CATALOGUE
        ]
    )
    trainings = {training.code: training for training in Training.objects.in_bulk(ids).values()}
    sari, dewi, budi = granted.enrolments
    for enrolment, name in ((sari, "Sari"), (dewi, "Dewi"), (budi, "Budi")):
        give_login(enrolment, name=name, password=password)
    # Chance would give them other arms in every run.
    for enrolment, arm in ((sari, Arm.BUNDLE), (dewi, Arm.PERSONAL), (budi, Arm.POPULARITY)):
        assign_by_hand(enrolment=enrolment, arm=arm)
    with on(BOUGHT_ON):
        for enrolment, codes in ((sari, ("MANDARIN-01", "JAHIT-01")), (budi, ("DATA-01", "WEB-01"))):
            for code in codes:
                buy(enrolment, trainings[code])
    return Village(granted=granted, trainings=trainings, sari=sari, dewi=dewi, budi=budi)


def add_neighbours(village: Village) -> None:
    """People of an earlier wave, of whom most took the same few trainings: something to learn from."""
    usual = (("KUE-01", "FOTO-01", "IKLAN-01"), ("KUE-01", "INGGRIS-01"), ("IKLAN-01", "KAS-01"), ("KOPI-01", "FOTO-01"))
    neighbours = grant_wave(count=12, number=11).enrolments
    with on(BOUGHT_ON):
        for number, neighbour in enumerate(neighbours):
            for code in usual[number % len(usual)]:
                buy(neighbour, village.trainings[code])


def give_login(enrolment: Enrolment, *, name: str, password: str | None = None) -> User:
    """Let the person of an enrolment log in as `<name>@example.org`."""
    email = f"{name.lower()}@example.org"
    if password is None:
        user = User.objects.create_user(email=email, password=None, name=name, role=Role.PARTICIPANT)
    else:
        user = add_user(email=email, password=password, name=name, role=Role.PARTICIPANT)
    person = enrolment.participant
    person.user = user
    person.save(update_fields=["user"])
    return user


def login_of(enrolment: Enrolment) -> User:
    user = enrolment.participant.user
    assert isinstance(user, User)
    return user


def address_with_password(enrolment: Enrolment) -> str:
    """The e-mail address of the enrolment's login, after giving it a password that works."""
    user = login_of(enrolment)
    user.set_password(PASSWORD)
    user.save()
    assert user.email is not None
    return user.email


def buy(enrolment: Enrolment, training: Training) -> Purchase:
    """Buy at the present price, outside any page."""
    return buy_training(enrolment=enrolment, training=training, price_idr=training.price_idr, request_key=uuid4())
