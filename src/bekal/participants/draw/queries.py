"""Reading draws: what is published of them, and what is an applicant's own."""

import gzip
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import numpy as np
from django.db.models import BigIntegerField, Func, Sum
from django.utils.translation import gettext_lazy as _

from bekal.core.errors import NotFound
from bekal.ledger.seals import merkle
from bekal.participants.draw import form
from bekal.participants.draw.beacon import BEACONS, Beacon
from bekal.participants.draw.freezing import OUTCOME_OF_NUMBER, leaves_in
from bekal.participants.draw.rule import HOUSEHOLD_FULL, RESERVE
from bekal.participants.draw.sealed import nonce_key_of
from bekal.participants.models import Application, Draw, DrawNumber, DrawPart, DrawState, PartKind
from bekal.programmes.models import Wave

ANNOUNCEMENT_FILE: Final = "announcement.json"
FILES: Final = {
    "applications.jsonl.gz": PartKind.APPLICATIONS,
    "leaves.bin": PartKind.LEAVES,
    "results.jsonl.gz": PartKind.RESULTS,
}
"""What can be downloaded beside the announcement, by name."""


def draw_of(wave: Wave) -> Draw | None:
    """The draw of a wave that is not cancelled; None without one."""
    return Draw.objects.filter(wave=wave).exclude(state=DrawState.CANCELLED).select_related(*_PEOPLE).first()


def draws_of(wave: Wave) -> list[Draw]:
    """Every draw of a wave, the newest first, with the officers."""
    return list(Draw.objects.filter(wave=wave).select_related(*_PEOPLE).order_by("-proposed_at", "-id"))


_PEOPLE: Final = ("wave", "proposed_by", "approved_by")


def public_draws() -> list[Draw]:
    """What everybody may see, the newest first: what was published, and what was cancelled."""
    shown = Draw.objects.filter(published_at__isnull=False) | Draw.objects.filter(state=DrawState.CANCELLED)
    return list(shown.select_related("wave").order_by("-proposed_at", "-id"))


def public_draw(public_id: UUID) -> Draw:
    """One of those.

    Raises:
        NotFound: there is none with this id, or it is not published.
    """
    found = Draw.objects.filter(public_id=public_id).select_related("wave").first()
    if found is None or not (found.is_published or found.state == DrawState.CANCELLED):
        raise NotFound(what=_("draw"), name=public_id)
    return found


def beacon_of(draw: Draw) -> Beacon:
    """Where the value of a draw comes from."""
    return BEACONS[draw.beacon]


def header_of(draw: Draw) -> dict[str, Any]:
    """The header of a draw's file."""
    return dict(json.loads(draw.header))


def announcement_of(draw: Draw) -> bytes:
    """The file that is published with the root."""
    return form.announcement(draw=str(draw.public_id), header=header_of(draw), root=bytes(draw.root))


def parts_of(draw: Draw, kind: PartKind) -> Iterator[bytes]:
    """The bytes of a file of a draw, part after part, each in a query of its own: together they can be a gigabyte."""
    parts = DrawPart.objects.filter(draw=draw.pk, kind=kind).values_list("content", flat=True)
    for position in itertools.count():
        content = parts.filter(position=position).first()
        if content is None:
            return
        yield bytes(content)


def file_sizes(draw: Draw) -> dict[str, int]:
    """How many bytes each file has that can be downloaded, by name; a file that is not there yet is missing."""
    parts = DrawPart.objects.filter(draw=draw.pk, kind__in=FILES.values()).values("kind")
    sizes = dict(parts.annotate(size=Sum(_BYTES)).values_list("kind", "size"))
    of_files = {name: int(sizes[kind]) for name, kind in FILES.items() if kind in sizes}
    return {ANNOUNCEMENT_FILE: len(announcement_of(draw)), **of_files}


_BYTES: Final = Func("content", function="octet_length", output_field=BigIntegerField())


@dataclass(frozen=True, slots=True)
class OwnRow:
    """What an applicant can keep to show that the own row takes part, and as which.

    Attributes:
        number: in the draw.
        line: of the file of applications.
        nonce: with the registration number it gives the line's commitment.
        path: the proof, from the bottom up.
    """

    draw: Draw
    number: int
    line: str
    nonce: bytes
    path: list[bytes]

    def written(self) -> dict[str, object]:
        """As a file to keep."""
        return {
            "draw": str(self.draw.public_id),
            "line": self.line,
            "nonce": self.nonce.hex(),
            "number": self.number,
            "proof": [node.hex() for node in self.path],
            "root": bytes(self.draw.root).hex(),
            "size": self.draw.count + 1,
        }


def row_and_proof_of(application: Application) -> OwnRow | None:
    """The row of an application in its wave's draw; None before that is published, and for who is not in it."""
    draw = draw_of(application.wave)
    if draw is None or not draw.is_published:
        return None
    number = number_of(application, draw)
    if number is None:
        return None
    block, at = divmod(number, merkle.BLOCK_LEAVES)
    lines = gzip.decompress(_part(draw, PartKind.APPLICATIONS, block)).split(b"\n")
    leaves = leaves_in(_part(draw, PartKind.LEAVES, block))
    nonces = form.nonces_of_block(nonce_key_of(draw), block)
    return OwnRow(
        draw=draw,
        number=number,
        line=lines[at].decode(),
        nonce=nonces[at * form.NONCE_BYTES : (at + 1) * form.NONCE_BYTES],
        path=[*merkle.path(leaves, at), *merkle.path(_block_roots(draw), block)],
    )


def number_of(application: Application, draw: Draw) -> int | None:
    """Which number an application has in a draw; None where it is not in it."""
    found = DrawNumber.objects.filter(application=application.pk, draw=draw.pk).values_list("number", flat=True).first()
    return None if found is None else int(found)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the draw found of a number.

    Attributes:
        place: in the order of the draw, from 1.
        pool: the letters of the pool that it has a place of; None where it has none.
    """

    place: int
    pool: str | None
    is_household_full: bool


def drawn(application: Application) -> Drawn | None:
    """What the draw of its wave found of an application; None before it is announced, and for who is not in it."""
    draw = draw_of(application.wave)
    if draw is None or draw.state != DrawState.ANNOUNCED:
        return None
    number = number_of(application, draw)
    if number is None:
        return None
    block, at = divmod(number - 1, merkle.BLOCK_LEAVES)
    place, outcome = np.frombuffer(_part(draw, PartKind.OUTCOMES, block), dtype=OUTCOME_OF_NUMBER)[at].tolist()
    pools = header_of(draw)["pools"]
    return Drawn(
        place=place + 1,
        pool=pools[outcome]["pool"] if outcome not in (RESERVE, HOUSEHOLD_FULL) else None,
        is_household_full=outcome == HOUSEHOLD_FULL,
    )


def _part(draw: Draw, kind: PartKind, position: int) -> bytes:
    content = DrawPart.objects.values_list("content", flat=True).get(draw=draw.pk, kind=kind, position=position)
    return bytes(content)


def _block_roots(draw: Draw) -> list[bytes]:
    """The roots of the blocks, joined up from their leaves' parts; kept with the draw, so that one page reads one block."""
    roots = bytes(draw.block_roots)
    return leaves_in(roots)
