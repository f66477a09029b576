"""`bekal recommender uplift`: what the arms of the experiment did to unspent balances, second purchases and completions."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from bekal.cli.accounts import wave_named
from bekal.cli.command import Command, Database
from bekal.cli.output import report
from bekal.core import clock
from bekal.core.money import format_idr

if TYPE_CHECKING:
    from bekal.recommender.dashboard.uplift import Uplift
    from bekal.recommender.engine.uplift import Comparison

_SYNTHETIC: Final = "synthetic: who opened was drawn by chance, and what they bought does not hang on their arm"
_CONCLUDED: Final = frozenset({"better", "worse", "not_shown"})


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument("wave", metavar="WAVE", help="its public id, or programme/number")


def _run(arguments: Namespace) -> int:
    from bekal.recommender.dashboard.uplift import uplift_of

    found = uplift_of(wave_named(arguments.wave))
    report(_as_json(found), as_json=arguments.json, text=_as_text(found))
    return 0 if all(comparison.verdict in _CONCLUDED for comparison in found.comparisons) else 1


def _as_json(found: "Uplift") -> dict[str, object]:
    return {
        "wave": str(found.wave),
        "deadline": found.deadline.isoformat(),
        "synthetic": clock.is_demo(),
        "arms": {summary.arm.value: summary.people for summary in found.arms},
        "comparisons": [
            {
                "outcome": each.outcome,
                "control": each.control,
                "treated": each.treated,
                "people": list(each.people),
                "verdict": each.verdict.value,
                "minimum_detectable": each.minimum_detectable,
                "difference": each.difference and each.difference.value,
                "ci": each.difference and [each.difference.low, each.difference.high],
                "p_holm": each.p_holm,
            }
            for each in found.comparisons
        ],
    }


def _as_text(found: "Uplift") -> str:
    people = ", ".join(f"{summary.arm.value} {summary.people}" for summary in found.arms)
    rows: list[tuple[str, ...]] = [("outcome", "arms", "people", "difference (95 %)", "p (Holm)", "detectable", "verdict")]
    rows += [_row(each) for each in found.comparisons]
    return "\n".join(
        [
            f"{found.wave}, outcomes final after {found.deadline.isoformat()}",
            *([_SYNTHETIC] if clock.is_demo() else []),
            f"people who opened: {people}",
            *_table(rows),
        ]
    )


def _row(each: "Comparison") -> tuple[str, ...]:
    shown = "–"
    if each.difference is not None:
        low, high = (_written(each.outcome, bound) for bound in (each.difference.low, each.difference.high))
        shown = f"{_written(each.outcome, each.difference.value)} ({low} … {high})"
    return (
        each.outcome,
        f"{each.control} → {each.treated}",
        f"{each.people[0]} / {each.people[1]}",
        shown,
        "–" if each.p_holm is None else f"{each.p_holm:.4f}",
        "–" if each.minimum_detectable is None else _written(each.outcome, each.minimum_detectable),
        each.verdict.value,
    )


def _written(outcome: str, value: float) -> str:
    """Rupiah, or percentage points."""
    if outcome.endswith("_idr"):
        return f"{'−' if value < 0 else ''}{format_idr(abs(round(value)))}"
    return f"{value * 100:+.1f} pp"


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


COMMAND = Command(
    name="uplift",
    help="compare the arms of a wave by intention to treat; concludes nothing before the deadline or with too few people",
    example="bekal recommender uplift prakerja-2021/1",
    database=Database.HOME,
    configure=_configure,
    run=_run,
)
