"""The Merkle tree of a seal (RFC 9162, 2.1): roots and inclusion paths over nodes in order. An odd node moves up as it is.

Because blocks hold a power of two of leaves, the roots of the blocks are nodes of the whole tree, and a path within a block goes
on over the blocks.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from bekal.ledger.seals.verify import node_hash

EMPTY: Final = hashlib.sha256().digest()
"""The root over nothing."""

BLOCK_LEAVES: Final = 4096
"""How many leaves one block covers; a power of two."""


def root(nodes: Sequence[bytes]) -> bytes:
    """The root over these nodes."""
    if not nodes:
        return EMPTY
    while len(nodes) > 1:
        nodes = _above(nodes)
    return nodes[0]


def path(nodes: Sequence[bytes], index: int) -> list[bytes]:
    """What must be hashed with the node at `index`, from the bottom up, to get the root over these nodes."""
    found = []
    while len(nodes) > 1:
        sibling = index ^ 1
        if sibling < len(nodes):
            found.append(nodes[sibling])
        nodes, index = _above(nodes), index // 2
    return found


def _above(nodes: Sequence[bytes]) -> list[bytes]:
    pairs = list(map(node_hash, nodes[::2], nodes[1::2]))
    return [*pairs, nodes[-1]] if len(nodes) % 2 else pairs
