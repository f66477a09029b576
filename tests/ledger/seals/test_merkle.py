"""The tree against the recursive definition of RFC 9162, section 2.1, and its proofs against changes."""

import hashlib
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bekal.ledger.seals import merkle
from bekal.ledger.seals.verify import leaf_hash, node_hash, root_of_path

SIZES: Final = range(201)


def leaves(size: int) -> list[bytes]:
    return [leaf_hash(number * 10 + 1, number % 7 + 1, hashlib.sha256(b"%d" % number).digest()) for number in range(size)]


def rfc_root(nodes: list[bytes]) -> bytes:
    """MTH of RFC 9162, over leaves that are hashed already."""
    if len(nodes) < 2:
        return nodes[0] if nodes else hashlib.sha256(b"").digest()
    split = 1 << (len(nodes) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + rfc_root(nodes[:split]) + rfc_root(nodes[split:])).digest()


def rfc_path(nodes: list[bytes], index: int) -> list[bytes]:
    """PATH of RFC 9162."""
    if len(nodes) == 1:
        return []
    split = 1 << (len(nodes) - 1).bit_length() - 1
    if index < split:
        return [*rfc_path(nodes[:split], index), rfc_root(nodes[split:])]
    return [*rfc_path(nodes[split:], index - split), rfc_root(nodes[:split])]


def test_a_leaf_is_44_bytes_after_a_zero() -> None:
    head = bytes(range(32))
    assert leaf_hash(259, 2, head) == hashlib.sha256(b"\0" + b"\0\0\0\0\0\0\1\3" + b"\0\0\0\2" + head).digest()
    assert node_hash(head, head) == hashlib.sha256(b"\1" + head + head).digest()


@pytest.mark.parametrize("size", SIZES)
def test_root_and_paths_are_those_of_the_rfc(size: int) -> None:
    nodes = leaves(size)
    root = merkle.root(nodes)
    assert root == rfc_root(nodes)
    for index, leaf in enumerate(nodes):
        path = merkle.path(nodes, index)
        assert path == rfc_path(nodes, index)
        assert root_of_path(leaf, index, size, path) == root


@given(st.data())
def test_any_other_leaf_place_size_or_path_fails(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 200))
    nodes = leaves(size)
    index = data.draw(st.integers(0, size - 1))
    root, path = merkle.root(nodes), merkle.path(nodes, index)
    other = hashlib.sha256(data.draw(st.binary(max_size=8))).digest()
    assert root_of_path(other, index, size, path) != root
    for place in range(-1, size + 2):
        assert (root_of_path(nodes[index], place, size, path) == root) is (place == index)
    for step in range(len(path)):
        assert root_of_path(nodes[index], index, size, [*path[:step], other, *path[step + 1 :]]) != root
        assert root_of_path(nodes[index], index, size, [*path[:step], *path[step + 1 :]]) != root
    assert root_of_path(nodes[index], index, size, [*path, other]) != root


@given(st.integers(1, 200), st.data())
def test_any_changed_leaf_changes_the_root(size: int, data: st.DataObject) -> None:
    nodes = leaves(size)
    index = data.draw(st.integers(0, size - 1))
    assert merkle.root([*nodes[:index], bytes(32), *nodes[index + 1 :]]) != merkle.root(nodes)
    assert merkle.root(nodes[:index] + nodes[index + 1 :]) != merkle.root(nodes)


@given(st.integers(1, 200), st.sampled_from([1, 2, 4, 16, 64]), st.data())
def test_roots_of_blocks_are_nodes_of_the_tree(size: int, block: int, data: st.DataObject) -> None:
    nodes = leaves(size)
    blocks = [nodes[start : start + block] for start in range(0, size, block)]
    roots = [merkle.root(part) for part in blocks]
    assert merkle.root(roots) == merkle.root(nodes)
    index = data.draw(st.integers(0, size - 1))
    path = merkle.path(blocks[index // block], index % block) + merkle.path(roots, index // block)
    assert path == merkle.path(nodes, index)
