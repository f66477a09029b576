import pytest
from django.db import IntegrityError, transaction

from bekal.access.errors import TooManyTries
from bekal.access.logins import know_by_phone, login_name, phone_index, user_by_login
from bekal.access.models import Role, User
from bekal.access.passwords import user_with_password
from bekal.access.services import erase_login
from bekal.access.tries import Origin

pytestmark = pytest.mark.django_db
NUMBER = "+6281234567890"
PASSWORD = "kata-sandi-uji"
HOME = Origin(network="203.0.113.0/24")


@pytest.fixture
def sari() -> User:
    """Somebody who is known by both."""
    return User.objects.create_user(
        email="sari@example.org", phone_index=phone_index(NUMBER), password=PASSWORD, name="Sari", role=Role.PARTICIPANT
    )


@pytest.mark.parametrize(
    "typed", ["sari@example.org", " Sari@Example.org ", "081234567890", "62 812-3456-7890", "+62 (812) 3456 7890"]
)
def test_somebody_is_known_by_phone_and_by_address_in_any_spelling(sari: User, typed: str) -> None:
    assert user_by_login(login_name(typed)) == sari
    assert user_with_password(name=typed, password=PASSWORD, origin=HOME) == sari


@pytest.mark.parametrize("typed", ["", "+", "0812", "+6281234567891", "none", "none@example.org"])
def test_nobody_else_is(sari: User, typed: str) -> None:
    assert sari.phone_index is not None
    assert user_with_password(name=typed, password=PASSWORD, origin=HOME) is None


def test_the_number_is_not_kept_in_clear(sari: User) -> None:
    sari.refresh_from_db()
    assert NUMBER[3:].encode() not in bytes(sari.phone_index or b"")
    assert bytes(sari.phone_index or b"") == phone_index(NUMBER)


def test_tries_by_either_name_are_counted_together(sari: User) -> None:
    names = ["sari@example.org", "081234567890", "SARI@example.org", "+6281234567890", "sari@example.org"]
    for name in names:
        assert user_with_password(name=name, password="wrong", origin=HOME) is None
    for name in names[:2]:
        with pytest.raises(TooManyTries):
            user_with_password(name=name, password=PASSWORD, origin=HOME)
    assert sari.is_active


def test_a_number_that_nobody_has_is_counted_alike() -> None:
    for name in ("081299999999", "6281299999999", "+6281299999999", "0812 9999 9999", "081299999999"):
        assert user_with_password(name=name, password="wrong", origin=HOME) is None
    with pytest.raises(TooManyTries):
        user_with_password(name="0812-9999-9999", password="wrong", origin=HOME)


def test_one_number_is_one_users(sari: User) -> None:
    other = User.objects.create_user(email="o@example.org", password=None, name="O", role=Role.PARTICIPANT)
    assert not know_by_phone(user=other, number=NUMBER)
    assert know_by_phone(user=other, number="+6281299999999")
    assert know_by_phone(user=sari, number=NUMBER)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=other.pk).update(phone_index=phone_index(NUMBER))


def test_nobody_is_known_by_nothing() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user(email=None, password=None, name="N", role=Role.PARTICIPANT)


def test_who_is_erased_is_known_by_neither(sari: User) -> None:
    erase_login(user=sari)
    assert user_by_login(NUMBER) is None
    assert user_by_login("sari@example.org") is None
