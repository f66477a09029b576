"""A draw as the public's and the office's pages show it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bekal.participants.draw.beacon import Beacon, sign_test_round, value_of
from bekal.participants.draw.queries import beacon_of, file_sizes, header_of
from bekal.participants.draw.services import AT_ONCE, counting_round, now_of
from bekal.participants.models import Draw, DrawState


@dataclass(frozen=True, slots=True)
class ShownDraw:
    """A draw with what its pages say of it.

    Attributes:
        due: when the value of its round is due; `late_due` when that of the late round is.
        counting: the round whose signature is taken now.
        is_due: whether it can be handed in now.
        root: in hexadecimal, as is `value`; each is empty before there is one.
        pools: of the header; empty where they are not asked for.
        files: names and sizes of what can be downloaded, in kibibytes.
        test_signature: with the test beacon, the signature that anybody can compute, once it is due.
    """

    draw: Draw
    beacon: Beacon
    due: datetime
    late_due: datetime
    counting: int
    is_due: bool
    root: str
    value: str
    signature: str
    pools: list[dict[str, Any]]
    files: list[tuple[str, int]]
    test_signature: str

    @property
    def is_small(self) -> bool:
        """Whether a page may draw and announce it; otherwise the worker does."""
        return self.draw.count <= AT_ONCE

    @property
    def takes_value(self) -> bool:
        """Whether the page has the form for it."""
        return self.draw.state == DrawState.PUBLISHED and self.is_due


def shown_draw(draw: Draw) -> ShownDraw:
    """The draw for a page of its own; one query where files can be downloaded."""
    beacon = beacon_of(draw)
    counting = counting_round(draw)
    is_due = now_of(beacon) >= beacon.due(counting)
    takes = draw.state == DrawState.PUBLISHED and is_due
    signature = bytes(draw.signature or b"")
    sizes = file_sizes(draw) if draw.is_published else {}
    return ShownDraw(
        draw=draw,
        beacon=beacon,
        due=beacon.due(draw.round),
        late_due=beacon.due(draw.late_round),
        counting=counting,
        is_due=is_due,
        root=bytes(draw.root).hex(),
        value=value_of(signature).hex() if signature else "",
        signature=signature.hex(),
        pools=list(header_of(draw)["pools"]) if draw.header else [],
        files=[(name, -(-size // 1024)) for name, size in sizes.items()],
        test_signature=sign_test_round(counting).hex() if beacon.is_test and takes else "",
    )
