import hashlib
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from py_arkworks_bls12381 import G1Point, G2Point, Scalar

from bekal.participants.draw.beacon import BEACONS, QUICKNET, TEST_BEACON, sign_test_round, value_of

# Published by drand: round 1000 of quicknet.
SIGNATURE: Final = bytes.fromhex(
    "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"
)


def test_the_signature_of_a_round_of_quicknet() -> None:
    assert QUICKNET.is_signature(round_=1000, signature=SIGNATURE)
    assert value_of(SIGNATURE) == hashlib.sha256(SIGNATURE).digest()
    assert [QUICKNET.is_signature(round_=round_, signature=SIGNATURE) for round_ in (999, 1001)] == [False, False]
    assert not TEST_BEACON.is_signature(round_=1000, signature=SIGNATURE)


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        SIGNATURE[:-1],
        SIGNATURE + b"\0",
        bytes(48),
        SIGNATURE[:-1] + bytes([SIGNATURE[-1] ^ 1]),
        bytes([SIGNATURE[0] ^ 0x20]) + SIGNATURE[1:],  # the same x, the other y
        bytes(G1Point.identity().to_compressed_bytes()),
    ],
    ids=["nothing", "short", "long", "zeros", "changed", "negative", "infinity"],
)
def test_what_is_no_signature(signature: bytes) -> None:
    assert not QUICKNET.is_signature(round_=1000, signature=signature)


def test_anybody_can_sign_with_the_test_beacon() -> None:
    secret = Scalar.from_be_bytes_mod_order(hashlib.sha256(b"bekal test beacon: anybody can sign with this key").digest())
    assert (G2Point() * secret).to_compressed_bytes().hex() == TEST_BEACON.public_key
    assert TEST_BEACON.is_signature(round_=7, signature=sign_test_round(7))
    assert not TEST_BEACON.is_signature(round_=8, signature=sign_test_round(7))
    assert not QUICKNET.is_signature(round_=7, signature=sign_test_round(7))
    assert {name: beacon.is_test for name, beacon in BEACONS.items()} == {"drand quicknet": False, "test beacon": True}


def test_when_rounds_are_due() -> None:
    assert QUICKNET.due(1) == datetime(2023, 8, 23, 15, 9, 27, tzinfo=UTC)
    assert QUICKNET.due(1000) - QUICKNET.due(1) == timedelta(seconds=2997)
    assert QUICKNET.first_round_due(datetime(2020, 1, 1, tzinfo=UTC)) == 1


@given(st.integers(min_value=1, max_value=10**9), st.integers(min_value=1, max_value=2_999_999))
def test_the_first_round_that_is_due(round_: int, microseconds: int) -> None:
    due = QUICKNET.due(round_)
    assert QUICKNET.first_round_due(due) == round_
    assert QUICKNET.first_round_due(due + timedelta(microseconds=microseconds)) == round_ + 1
