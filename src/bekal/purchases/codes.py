"""Redeem codes: how they are made, and how they are read from what a person types."""

import secrets
from typing import Final

# Crockford's base 32: no letter that is taken for a digit or for another letter.
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BITS_EACH: Final = 5
_CHARACTERS: Final = 12
_GROUP: Final = 4
_MISREAD: Final = str.maketrans("OIL", "011")


def new_redeem_code() -> str:
    """Sixty random bits in twelve characters that can be read aloud: `7K3M-9QXZ-P0AB`."""
    bits = secrets.randbits(_CHARACTERS * _BITS_EACH)
    return _grouped("".join(_ALPHABET[bits >> _BITS_EACH * place & 2**_BITS_EACH - 1] for place in range(_CHARACTERS)))


def typed_redeem_code(text: str) -> str:
    """The code that a text means, in either case, with or without hyphens and spaces, with O for 0 and I or L for 1."""
    return _grouped("".join(character for character in text.upper() if character.isalnum()).translate(_MISREAD))


def _grouped(characters: str) -> str:
    return "-".join(characters[start : start + _GROUP] for start in range(0, len(characters), _GROUP))
