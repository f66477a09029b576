"""Drawing: the rule applied to the list that was frozen, once its value is there. Nobody chooses anything here."""

from collections.abc import Iterator

import numpy as np
from django.db import transaction

from bekal.access.models import User
from bekal.core import clock
from bekal.ledger.seals import merkle
from bekal.participants.draw import errors, form
from bekal.participants.draw.beacon import value_of
from bekal.participants.draw.freezing import OUTCOME_OF_NUMBER, parts_writer
from bekal.participants.draw.queries import header_of, parts_of
from bekal.participants.draw.reading import Findings, read_blocks, rows_of
from bekal.participants.draw.rule import Array, Rows, fill, order_of
from bekal.participants.draw.services import held_draw, record_step, require_draw_state
from bekal.participants.draw.spreading import spread
from bekal.participants.draw.verify import count_outcomes
from bekal.participants.models import Draw, DrawState, PartKind


@transaction.atomic
def order(*, draw: Draw, actor: User | None = None) -> Draw:
    """Put the numbers in order and give out the places, from the published lines; one that was drawn is left as it is.

    Raises:
        DrawStateWrong: it has no value, or is cancelled.
        DrawBroken: the stored lines are not those that were frozen.
    """
    found = held_draw(draw)
    if found.state in (DrawState.ORDERED, DrawState.ANNOUNCED):
        return found
    require_draw_state(found, DrawState.VALUED)
    header = header_of(found)
    value = value_of(bytes(found.signature or b""))
    rows = _stored_rows(found)
    numbers = order_of(root=bytes(found.root), value=value, count=rows.count)
    outcome = fill(rows=rows, order=numbers, places=[pool["places"] for pool in header["pools"]])
    counts = count_outcomes(outcome)
    _write_results(found, numbers, outcome, value)
    found.placed_count, found.reserve_count = counts["placed"], counts["reserve"]
    found.household_full_count = counts["household_full"]
    found.state, found.ordered_at = DrawState.ORDERED, clock.now()
    return record_step(draw=found, actor=actor, deed="order")


def _stored_rows(draw: Draw) -> Rows:
    """What decides, read from the stored lines, whose root is computed again."""
    findings, header = Findings(), header_of(draw)
    blocks = list(read_blocks(parts_of(draw, PartKind.APPLICATIONS), header=header, count=draw.count))
    rows = rows_of(blocks, findings)
    root = merkle.root([block.root for block in blocks])
    if findings.shown or rows.count != draw.count or root != bytes(draw.root):
        raise errors.DrawBroken(reason=findings.shown[0] if findings.shown else root.hex())
    return rows


def _write_results(draw: Draw, numbers: Array, outcome: Array, value: bytes) -> None:
    header = form.result_header(
        root=bytes(draw.root),
        round_=draw.value_round or 0,
        signature=bytes(draw.signature or b""),
        value=value,
        counts=count_outcomes(outcome),
    )
    letters = [pool["pool"] for pool in header_of(draw)["pools"]]
    of_number = np.empty(len(numbers), dtype=OUTCOME_OF_NUMBER)
    of_number["place"][numbers - 1] = np.arange(len(numbers))
    of_number["outcome"] = outcome
    starts = range(0, len(numbers), merkle.BLOCK_LEAVES)
    chosen = (numbers[start : start + merkle.BLOCK_LEAVES] for start in starts)
    calls = ((order, outcome[order - 1], letters) for order in chosen)
    with parts_writer(draw.pk) as write:
        write(PartKind.RESULTS, 0, form.compressed(header + b"\n"))
        for position, block in enumerate(spread(form.result_block, calls, count=len(starts))):
            start = position * merkle.BLOCK_LEAVES
            write(PartKind.RESULTS, position + 1, block)
            write(PartKind.OUTCOMES, position, of_number[start : start + merkle.BLOCK_LEAVES].tobytes())


def keys_and_outcomes(draw: Draw) -> tuple[Array, Array]:
    """The primary keys of the applications of a draw that was ordered, and what became of each, by number."""
    keys = np.frombuffer(b"".join(parts_of(draw, PartKind.KEYS)), dtype="<i8")[1:]
    outcomes = np.frombuffer(b"".join(parts_of(draw, PartKind.OUTCOMES)), dtype=OUTCOME_OF_NUMBER)
    return keys, outcomes["outcome"]


def placed_in_order(draw: Draw) -> list[int]:
    """Primary keys of the applications with a place, in the order of the draw."""
    return [int(key) for key in _in_order(draw, have_places=True)]


def waiting_in_order(draw: Draw) -> Iterator[list[int]]:
    """Primary keys of the applications without a place, in the order of the draw, some thousand at a time."""
    waiting = _in_order(draw, have_places=False)
    for start in range(0, len(waiting), merkle.BLOCK_LEAVES):
        yield waiting[start : start + merkle.BLOCK_LEAVES].tolist()


def _in_order(draw: Draw, *, have_places: bool) -> Array:
    keys = np.frombuffer(b"".join(parts_of(draw, PartKind.KEYS)), dtype="<i8")[1:]
    outcomes = np.frombuffer(b"".join(parts_of(draw, PartKind.OUTCOMES)), dtype=OUTCOME_OF_NUMBER)
    ordered = np.empty(len(keys), dtype=np.int64)
    ordered[outcomes["place"]] = keys
    placed = np.empty(len(keys), dtype=bool)
    placed[outcomes["place"]] = outcomes["outcome"] >= 0
    return np.compress(placed == have_places, ordered)
