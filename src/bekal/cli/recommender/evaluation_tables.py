"""What an evaluation found, as tables for people and as a CSV file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bekal.cli.errors import FileNotWritten
from bekal.core.exports import write_rows

if TYPE_CHECKING:
    from bekal.recommender.engine.evaluation import Dataset, Difference, Figures, LeftOut, Measured, Winner

AFFORDABLE: Final = "affordable"
ALL: Final = "all"
_BEST: Final = "*"
_AS_GOOD: Final = "~"
COLUMNS: Final = (
    "candidates", "case", "model", "attribute", "level", "people", "rankings", "ndcg", "ndcg_low", "ndcg_high", "recall",
    "bekal_is_better_by", "low", "high", "p_holm", "is_best", "is_as_good", "targets", "targets_left_out",
)  # fmt: skip
"""Of the CSV file. A group, of an attribute and a level, has a number of people and an NDCG alone."""


@dataclass(frozen=True)
class Table:
    """Every model in every case, with one choice of candidates.

    Attributes:
        candidates: `AFFORDABLE`, what a balance could buy, or `ALL`.
        figures, against: by case and model; `against` is of Bekal's own, empty without it.
        winners, left_out: by case.
    """

    candidates: str
    figures: Mapping[str, Mapping[str, "Figures"]]
    against: Mapping[str, Mapping[str, "Difference"]]
    winners: Mapping[str, "Winner"]
    left_out: Mapping[str, "LeftOut | None"]

    @property
    def models(self) -> list[str]:
        return list(next(iter(self.figures.values())))

    @property
    def title(self) -> str:
        return "what each balance could buy" if self.candidates == AFFORDABLE else "all items"

    def mark(self, case: str, model: str) -> str:
        """`*` for the best of a case, `~` for those not significantly worse, else a space."""
        winner = self.winners[case]
        return _BEST if model == winner.model else _AS_GOOD if model in winner.as_good else " "


def table_of(data: "Dataset", cases: Mapping[str, "Measured"], *, candidates: str, own: str) -> Table:
    """The table of these cases, in which the model `own` is compared with each other one, if it is there."""
    from bekal.recommender.engine.evaluation import differences, figures, winners

    is_there = own in next(iter(cases.values())).models
    return Table(
        candidates=candidates,
        figures={case: figures(data, measured) for case, measured in cases.items()},
        against=differences(cases, to=own) if is_there else {},
        winners=winners(cases),
        left_out={case: measured.left_out for case, measured in cases.items()},
    )


def table_lines(tables: Sequence[Table], *, k: int) -> list[str]:
    """First how good every model is in each case, for each choice of candidates, then the first of these in full."""
    lines: list[str] = []
    for table in tables:
        lines += [*_overview(table, k=k), ""]
    lines += [
        f"{_BEST} best of its column; {_AS_GOOD} not significantly worse (p of .05 or more after Holm over all of a table)",
        "",
    ]
    return [*lines, *_in_full(tables[0], k=k), "", *_groups(tables[0], k=k)]


def _overview(table: Table, *, k: int) -> Iterator[str]:
    yield f"NDCG@{k}; candidates are {table.title}"
    width = max(len(name) for name in [*table.models, "targets left out"]) + 2
    yield f"{'model':<{width}}" + "".join(f"{case:>12} " for case in table.figures)
    for model in table.models:
        cells = (f"{found[model].ndcg:>12.4f}{table.mark(case, model)}" for case, found in table.figures.items())
        yield f"{model:<{width}}" + "".join(cells)
    people = (next(iter(found.values())).people for found in table.figures.values())
    yield f"{'people':<{width}}" + "".join(f"{number:>12} " for number in people)
    if table.candidates == AFFORDABLE:
        left = (each.unaffordable + each.without_balance for each in table.left_out.values() if each is not None)
        yield f"{'targets left out':<{width}}" + "".join(f"{number:>12} " for number in left)


def _in_full(table: Table, *, k: int) -> Iterator[str]:
    head = f"{'case':<6} {'model':<20} {f'NDCG@{k}':>8}   {'95 % interval':<14} {f'recall@{k}':>10} {'people':>7}"
    yield f"{head}  bekal is better by" if table.against else head
    for case, models in table.figures.items():
        for name, each in models.items():
            low, high = each.ndcg_ci
            line = f"{case:<6} {name:<20} {each.ndcg:>8.4f}{table.mark(case, name)}  {low:.4f}–{high:.4f}"
            line += f"  {each.recall:>10.4f} {each.people:>7}"
            if name in table.against.get(case, {}):
                difference = table.against[case][name]
                line += f"  {difference.mean:+.4f} (p = {difference.p_holm:.3f})"
            yield line


def _groups(table: Table, *, k: int) -> Iterator[str]:
    names = table.models
    widths = [max(len(name), 6) for name in names]
    for case, models in table.figures.items():
        heads = "  ".join(f"{name:>{width}}" for name, width in zip(names, widths, strict=True))
        yield f"{f'case {case}, NDCG@{k} by group':<45}{'people':>8}  {heads}"
        for attribute, levels in models[names[0]].groups.items():
            for level, group in levels.items():
                cells = "  ".join(
                    f"{models[name].groups[attribute][level].ndcg:>{width}.4f}" for name, width in zip(names, widths, strict=True)
                )
                yield f"  {attribute:<14} {level:<28}{group.n:>8}  {cells}"


def write_csv(path: Path, tables: Sequence[Table]) -> None:
    """Write every figure of these tables, one row for each case and model, and for each of its groups.

    Raises:
        FileNotWritten: and why.
    """
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            write_rows(file, [COLUMNS])
            for table in tables:
                write_rows(file, ([row.get(column) for column in COLUMNS] for row in _rows(table)))
    except OSError as error:
        raise FileNotWritten(path=path, reason=error.strerror) from error


def _rows(table: Table) -> Iterator[dict[str, object]]:
    for case, models in table.figures.items():
        left_out = table.left_out[case]
        for name, each in models.items():
            difference = table.against.get(case, {}).get(name)
            yield {
                "candidates": table.candidates,
                "case": case,
                "model": name,
                "people": each.people,
                "rankings": each.rankings,
                "ndcg": each.ndcg,
                "ndcg_low": each.ndcg_ci[0],
                "ndcg_high": each.ndcg_ci[1],
                "recall": each.recall,
                "bekal_is_better_by": difference and difference.mean,
                "low": difference and difference.ci[0],
                "high": difference and difference.ci[1],
                "p_holm": difference and difference.p_holm,
                "is_best": int(table.mark(case, name) == _BEST),
                "is_as_good": int(table.mark(case, name) != " "),
                "targets": left_out and left_out.targets,
                "targets_left_out": left_out and left_out.unaffordable + left_out.without_balance,
            }
            for attribute, levels in each.groups.items():
                for level, group in levels.items():
                    yield {
                        "candidates": table.candidates,
                        "case": case,
                        "model": name,
                        "attribute": attribute,
                        "level": level,
                        "people": group.n,
                        "ndcg": group.ndcg,
                    }
