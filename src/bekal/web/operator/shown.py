"""A run as the office's pages show it."""

from dataclasses import dataclass

from django.utils.functional import Promise

from bekal.ledger.models import Run
from bekal.ledger.runs.kinds import run_kind


@dataclass(frozen=True, slots=True)
class Shown:
    """A run with what its kind says of it."""

    run: Run
    title: str | Promise
    description: str


def shown(run: Run) -> Shown:
    """The run with its kind's title, and what it does in a sentence."""
    kind = run_kind(run.kind)
    return Shown(run=run, title=kind.title, description=kind.describe(run))
