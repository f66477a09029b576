import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from bekal.core.identity import UnreadableIdentity, blind_index, seal, unseal


@given(st.text(max_size=64))
def test_what_is_sealed_is_read_again(value: str) -> None:
    assert unseal(seal(value)) == value


def test_the_same_value_is_never_sealed_alike_but_found_again() -> None:
    assert seal("3273014509950001") != seal("3273014509950001")
    assert blind_index("3273014509950001") == blind_index("3273014509950001")
    assert blind_index("3273014509950001") != blind_index("3273014509950002")


def test_a_sealed_value_does_not_show_the_value() -> None:
    assert b"3273014509950001" not in seal("3273014509950001") + blind_index("3273014509950001")


@given(st.integers(min_value=0, max_value=43), st.integers(min_value=1, max_value=255))
def test_a_changed_byte_is_noticed(place: int, change: int) -> None:
    sealed = bytearray(seal("3273014509950001"))
    sealed[place] ^= change
    with pytest.raises(UnreadableIdentity):
        unseal(bytes(sealed))


@pytest.mark.parametrize("sealed", [b"", b"short", bytes(12)])
def test_what_was_never_sealed_is_refused(sealed: bytes) -> None:
    with pytest.raises(UnreadableIdentity):
        unseal(sealed)


def test_another_secret_neither_reads_nor_finds(settings: Settings) -> None:
    sealed, index = seal("3273014509950001"), blind_index("3273014509950001")
    settings.BEKAL_IDENTITY_SECRET = "another secret"
    with pytest.raises(UnreadableIdentity):
        unseal(sealed)
    assert blind_index("3273014509950001") != index
