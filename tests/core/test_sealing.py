from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bekal.core.keys import key_ring
from bekal.core.sealing import DataKey, Place, UnreadableValue, blind_index, version_of

pytestmark = pytest.mark.django_db
NIK = "3273014509950001"
PLACE = Place("participants_participant", "nik_sealed", 7)
SALT = bytes(range(32))


@pytest.fixture
def key(db: None) -> DataKey:
    return DataKey(SALT)


def test_what_is_sealed_is_read_again_by_the_same_key_made_anew(key: DataKey) -> None:
    @given(st.text(max_size=64))
    def reads_again(value: str) -> None:
        assert DataKey(SALT).unseal(key.seal(value, PLACE), PLACE) == value

    reads_again()


def test_the_same_value_is_never_sealed_alike_but_found_again(key: DataKey) -> None:
    assert key.seal(NIK, PLACE) != key.seal(NIK, PLACE)
    assert blind_index(NIK, column="nik") == blind_index(NIK, column="nik")
    assert blind_index(NIK, column="nik") != blind_index("3273014509950002", column="nik")
    assert blind_index(NIK, column="nik") != blind_index(NIK, column="household")


def test_a_sealed_value_does_not_show_the_value(key: DataKey) -> None:
    assert NIK.encode() not in key.seal(NIK, PLACE) + blind_index(NIK, column="nik")


def test_a_sealed_value_carries_the_version_of_its_key(key: DataKey) -> None:
    assert version_of(key.seal(NIK, PLACE)) == key_ring().current == 1


@pytest.mark.parametrize(
    "place", [replace(PLACE, row=8), replace(PLACE, column="name_sealed"), replace(PLACE, table="payouts_paymentaccount")]
)
def test_a_value_copied_elsewhere_does_not_open(key: DataKey, place: Place) -> None:
    sealed = key.seal(NIK, PLACE)
    with pytest.raises(UnreadableValue):
        key.unseal(sealed, place)


@pytest.mark.parametrize("salt", [b"", bytes(32), SALT[::-1]], ids=["none", "zeros", "other"])
def test_another_persons_key_does_not_open(key: DataKey, salt: bytes) -> None:
    sealed = key.seal(NIK, PLACE)
    with pytest.raises(UnreadableValue):
        DataKey(salt).unseal(sealed, PLACE)


@pytest.mark.parametrize("place", [*range(14), 14, 29, 30, 45])
def test_a_changed_byte_is_noticed(key: DataKey, place: int) -> None:
    sealed = bytearray(key.seal(NIK, PLACE))
    sealed[place] ^= 1
    with pytest.raises(UnreadableValue):
        key.unseal(bytes(sealed), PLACE)


@pytest.mark.parametrize("sealed", [b"", b"\0", b"\0\1", b"\0\1short", b"\0\1" + bytes(12), bytes(46)], ids=str)
def test_what_was_never_sealed_is_refused(key: DataKey, sealed: bytes) -> None:
    with pytest.raises(UnreadableValue):
        key.unseal(sealed, PLACE)
