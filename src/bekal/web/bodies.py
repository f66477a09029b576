"""How much a request may bring."""

from typing import Final

MOST_BODY_BYTES: Final = 65_536
"""No page takes a file; neither a form nor a question about one person needs more."""
MANY_PATH: Final = "/api/v1/recommendations/many"
MOST_MANY_BYTES: Final = 1_048_576
"""For a question about many people."""


def most_bytes(path: str) -> int:
    """How large the body of a request to this path may be."""
    return MOST_MANY_BYTES if path == MANY_PATH else MOST_BODY_BYTES
