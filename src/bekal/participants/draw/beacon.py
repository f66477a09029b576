"""The public source of the random value: rounds that fall due at known times, each with one signature that can exist.

A beacon is a public key, a moment at which it began and a period. The signature of a round is that of BLS on BLS12-381 with
signatures in G1 (`bls-unchained-g1-rfc9380`); the value of a round is the SHA-256 of its signature. Checked offline: nothing is
fetched. docs/draw.md states it in full.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

SCHEME: Final = "bls-unchained-g1-rfc9380"
SIGNATURE_BYTES: Final = 48
_DST: Final = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"
_TEST_SEED: Final = b"bekal test beacon: anybody can sign with this key"


@dataclass(frozen=True, slots=True)
class Beacon:
    """Where values come from.

    Attributes:
        public_key: 96 bytes in hexadecimal, a point of G2.
        genesis_seconds: when round 1 is due, in seconds of Unix time.
        is_test: everybody can sign with its key, so that it decides nothing outside a demo.
    """

    name: str
    public_key: str
    genesis_seconds: int
    period_seconds: int
    is_test: bool

    def due(self, round_: int) -> datetime:
        """When the signature of a round can exist at the earliest."""
        return datetime.fromtimestamp(self.genesis_seconds + (round_ - 1) * self.period_seconds, UTC)

    def first_round_due(self, moment: datetime) -> int:
        """The first round that is due at an aware moment or after it."""
        seconds = -(-(moment - datetime.fromtimestamp(self.genesis_seconds, UTC)).total_seconds() // self.period_seconds)
        return max(int(seconds) + 1, 1)

    def is_signature(self, *, round_: int, signature: bytes) -> bool:
        """Whether this is the signature of a round; takes some 10 ms."""
        # Loaded where a signature is checked: most of Bekal's processes never do.
        from py_arkworks_bls12381 import GT, G1Point, G2Point  # noqa: PLC0415

        try:
            point = G1Point.from_compressed_bytes(signature)
            key = G2Point.from_compressed_bytes(bytes.fromhex(self.public_key))
        except ValueError:
            return False
        if point.to_compressed_bytes() != signature:
            return False
        return bool(GT.pairing_check([point, -G1Point.hash_to_curve(_message(round_), _DST)], [G2Point(), key]))

    def written(self) -> dict[str, object]:
        """As the header of a draw's file states it."""
        return {
            "genesis": self.genesis_seconds,
            "name": self.name,
            "period_seconds": self.period_seconds,
            "public_key": self.public_key,
            "scheme": SCHEME,
            "test": self.is_test,
        }


QUICKNET: Final = Beacon(
    name="drand quicknet",
    public_key="83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e"
    "17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
    genesis_seconds=1_692_803_367,
    period_seconds=3,
    is_test=False,
)
"""The beacon of draws that decide something."""

TEST_BEACON: Final = Beacon(
    name="test beacon",
    public_key="8f0a995cf0fb287072bb6de932f82b061f4926741328ea75382913e861e27b5ed890a5a2ebd7915195873468ae4544a410949b72bda3ceb80962"
    "62822b8f6b25dd75b04c45af0d579b2108e05bba52edcf52df83219674a5820ac0dd069b9728",
    genesis_seconds=1_577_836_800,  # 2020-01-01: a demo's calendar is older than quicknet
    period_seconds=3,
    is_test=True,
)
"""The beacon of demos, replays and tests: its secret key follows from a text that stands in this file."""

BEACONS: Final = {beacon.name: beacon for beacon in (QUICKNET, TEST_BEACON)}


def value_of(signature: bytes) -> bytes:
    """The value of the round that has this signature."""
    return hashlib.sha256(signature).digest()


def sign_test_round(round_: int) -> bytes:
    """The signature of a round of the test beacon."""
    from py_arkworks_bls12381 import G1Point, Scalar  # noqa: PLC0415

    secret = Scalar.from_be_bytes_mod_order(hashlib.sha256(_TEST_SEED).digest())
    return bytes((G1Point.hash_to_curve(_message(round_), _DST) * secret).to_compressed_bytes())


def _message(round_: int) -> bytes:
    return hashlib.sha256(round_.to_bytes(8)).digest()
