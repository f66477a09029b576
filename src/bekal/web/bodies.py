"""How much a request may bring."""

from typing import Final

MOST_BODY_BYTES: Final = 65_536
"""No page takes a file; neither a form nor a question to the API needs more."""
