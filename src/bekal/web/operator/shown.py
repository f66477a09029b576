"""A run as the office's pages show it."""

from dataclasses import dataclass

from django.utils.functional import Promise

from bekal.ledger.models import Run
from bekal.ledger.runs.kinds import run_kind


@dataclass(frozen=True, slots=True)
class Titled:
    """A run with its kind's title, for a row of a list."""

    run: Run
    title: str | Promise


@dataclass(frozen=True, slots=True)
class Shown(Titled):
    """A run with what its kind says of it in a sentence; that may ask the database."""

    description: str


def titled(run: Run) -> Titled:
    """The run for a list."""
    return Titled(run=run, title=run_kind(run.kind).title)


def shown(run: Run) -> Shown:
    """The run for the person who decides."""
    kind = run_kind(run.kind)
    return Shown(run=run, title=kind.title, description=kind.describe(run))
