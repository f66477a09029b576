"""What kinds of runs there are. The ledger defines the form; the rooms above register theirs. docs/runs.md has a recipe."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise

from bekal.ledger.models import Run


@dataclass(frozen=True, slots=True)
class RunKind:
    """A kind of run, as the SQL that its rule consists of.

    Its texts may use the run's parameters as `%(name)s` (a list arrives as an array), beside the run's columns `%(run)s`,
    `%(fund)s`, `%(granting)s` and `%(returned)s`, and, once it posts, `%(posting_date)s`, `%(posted_at)s` and the chunk's owners
    `%(low)s` < owner <= `%(high)s`. In them a percent sign is written twice.

    Attributes:
        code: the kind's stable name.
        title: what a person reads.
        describe: what this run does, in a sentence for the person who approves it: whose money, by which decision, and why.
        targets_sql: a SELECT of (owner, place, debit, credit, bound_idr, key), run once at the proposal. An owner may have
            several targets; `place` counts them from 1, in the order in which they are posted.
        verdict_sql: a SELECT of (amount_idr, reason) for one `target`, a row of `ledger_run_target`, and its `balance`, the
            locked row of `ledger_balance`, after the owner's targets of earlier places were posted: what the rule allows now, of
            which at most the bound is posted, or the reason to skip. A target without a verdict is skipped as `gone`. What skips
            one account of an enrolment skips the target of the same place of the other account too.
        before_sql: what is done under the locks of a chunk's owners before they are judged, such as locking the row by which a
            pool is debited.
        after_sql: what else changes in the transaction of a chunk; reads what was posted from `ledger_posted_targets(run, low,
            high)`, or what was skipped from `ledger_run_skip`.
        closes: whether the owners' accounts are closed on the posting date. An account that holds more than the bound is skipped,
            and an owner has one target only.
        forwards: whether what reaches a closed account goes on to the run's `returned` pool, as a second transfer under
            `forward:<key>`; without it such a target is skipped as `closed`.
        allocates: whether the approved total moves from the wave's fund to the run's `granting` pool, and the rest back.
    """

    code: str
    title: str | Promise
    describe: Callable[[Run], str]
    targets_sql: str
    verdict_sql: str
    before_sql: str | None = None
    after_sql: str | None = None
    closes: bool = False
    forwards: bool = False
    allocates: bool = False


_KINDS: Final[dict[str, RunKind]] = {}


def register_run_kind(kind: RunKind) -> None:
    """Make a kind of run known; called when the registering room's app is ready."""
    if kind.code in _KINDS:
        raise ValueError(f"run kind {kind.code} is registered twice")
    _KINDS[kind.code] = kind


@contextmanager
def registered(kind: RunKind) -> Iterator[RunKind]:
    """Have a kind known for the length of a block, in place of another one with its code if there is one."""
    replaced = _KINDS.get(kind.code)
    _KINDS[kind.code] = kind
    try:
        yield kind
    finally:
        del _KINDS[kind.code]
        if replaced is not None:
            _KINDS[kind.code] = replaced


def run_kind(code: str) -> RunKind:
    """The registered kind with this code."""
    return _KINDS[code]
