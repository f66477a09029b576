"""What kinds of runs there are. The ledger defines the form; the rooms above register theirs."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class RunKind:
    """A kind of run, as the SQL that its rule consists of.

    Its texts may use the run's parameters as `%(name)s`, beside `%(run)s`, `%(granting)s` (the run's own granting pool),
    and, once it posts, `%(posting_date)s` and the chunk's owners `%(low)s` < owner <= `%(high)s`.

    Attributes:
        code: the kind's stable name.
        title: what a person reads.
        targets_sql: a SELECT of (owner, debit, credit, bound_idr, key), run once at the proposal.
        verdict_sql: a SELECT of (amount_idr, reason) for one `target`, a row of `ledger_run_target`, and its `balance`, the
            locked row of `ledger_balance`: what the rule allows now, of which at most the bound is posted, or the reason to
            skip. A target without a verdict is skipped as `gone`. What skips one account of an enrolment skips the other too.
        before_sql: what is done under the locks of a chunk's owners before they are judged, such as locking the row by which a
            pool is debited.
        after_sql: what else changes in the transaction of a chunk; reads the posted owners from `ledger_transfer` by run, or
            the skipped ones from `ledger_run_skip`.
        closes: whether the owners' accounts are closed on the posting date. One that holds more than the bound is skipped.
        forwards: whether what reaches a closed account goes on to the pool that the parameter `returned` names, as a second
            transfer under `forward:<key>`; without it such a target is skipped as `closed`.
        allocates: whether the approved total moves from the wave's fund to the run's granting pool, and the rest back.
    """

    code: str
    title: str | Promise
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


def run_kind(code: str) -> RunKind:
    """The registered kind with this code."""
    return _KINDS[code]
