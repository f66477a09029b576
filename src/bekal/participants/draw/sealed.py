"""The key of a draw's nonces, sealed under the installation's own key."""

from typing import Final

from bekal.core.rotation import SealedTable
from bekal.core.sealing import DataKey, Place
from bekal.participants.models import Draw

TABLE: Final = "participants_draw"
SEALED: Final = SealedTable(
    table=TABLE,
    columns=("nonce_key_sealed",),
    # No salt: it is nobody's own.
    select="""
        SELECT id, ''::bytea, nonce_key_sealed
        FROM participants_draw
        WHERE id > %s
        ORDER BY id
        LIMIT %s
        FOR NO KEY UPDATE
    """,
    update="""
        UPDATE participants_draw AS draw
        SET nonce_key_sealed = fresh.nonce_key
        FROM unnest(%s::bigint[], %s::bytea[]) AS fresh (id, nonce_key)
        WHERE draw.id = fresh.id
    """,
)


def nonce_key_place(draw: Draw) -> Place:
    """Where the sealed key of a draw stands."""
    return Place(TABLE, "nonce_key_sealed", draw.pk)


def nonce_key_of(draw: Draw) -> bytes:
    """The 32 bytes of which the draw's nonces are made."""
    return bytes.fromhex(DataKey().unseal(bytes(draw.nonce_key_sealed), nonce_key_place(draw)))
