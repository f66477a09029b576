"""What an evaluation found, as a picture: one point with its interval for each model and case. One SVG file, needing no other.

Read in light and dark alike. What colour says is said by form too, and by a text for those who do not see the picture.
"""

from collections.abc import Iterator, Sequence
from html import escape
from math import floor, log10
from pathlib import Path
from typing import Final

from bekal.cli.errors import FileNotWritten
from bekal.cli.recommender.evaluation_tables import Table

_WIDTH: Final = 760
_LEFT: Final = 150
_RIGHT: Final = 545
_NUMBERS: Final = 560
_LINE: Final = 22
_TICKS: Final = 6
_FORMS: Final = {
    "*": ("best", "the best of its case"),
    "~": ("good", "not significantly worse"),
    " ": ("worse", "significantly worse"),
}
_NOTE: Final = "Lines are intervals of 95 %. Models are compared person by person, so that lines of different models may overlap."
_STYLE: Final = """
:root { color-scheme: light dark; --ground: #fff; --ink: #1b2a23; --soft: #55645c; --line: #d5ddd8; }
:root { --own: #0e6244; --other: #6b5b2a; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #111a16; --ink: #e6efe9; --soft: #a9b8b0; --line: #33433b; --own: #84d6a6; --other: #d9c27a; }
}
text { font: 13px -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif; fill: var(--ink); }
.title { font-size: 16px; font-weight: 700; }
.case { font-weight: 700; }
.soft { fill: var(--soft); }
.ground { fill: var(--ground); }
.grid { stroke: var(--line); }
.range { stroke: var(--other); stroke-width: 2; }
.best { fill: var(--own); stroke: var(--own); }
.good { fill: var(--other); stroke: var(--other); stroke-width: 2; }
.worse { fill: var(--ground); stroke: var(--other); stroke-width: 2; }
""".strip()


def write_plot(path: Path, tables: Sequence[Table], *, k: int) -> None:
    """Write the picture of these tables.

    Raises:
        FileNotWritten: and why.
    """
    try:
        path.write_text(plot(tables, k=k), encoding="utf-8")
    except OSError as error:
        raise FileNotWritten(path=path, reason=error.strerror) from error


def plot(tables: Sequence[Table], *, k: int) -> str:
    """The picture as SVG. All intervals are on one scale, so that cases can be compared."""
    ends = [end for table in tables for models in table.figures.values() for each in models.values() for end in each.ndcg_ci]
    scale = _Scale(min(ends), max(ends))
    body, bottom = _body(tables, scale, k=k)
    name = f"NDCG of the first {k} places, by case and model"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {bottom}" width="{_WIDTH}" height="{bottom}"'
            ' role="img" aria-labelledby="name told">',
            f'<title id="name">{name}</title>',
            f'<desc id="told">{escape(" ".join(_told(tables)))}</desc>',
            f"<style>{_STYLE}</style>",
            f'<rect class="ground" width="{_WIDTH}" height="{bottom}"/>',
            *body,
            "</svg>",
            "",
        ]
    )


class _Scale:
    """From NDCG to places in the picture, with round numbers to mark."""

    def __init__(self, low: float, high: float) -> None:
        rough = max(high - low, 0.001) / _TICKS
        power = 10.0 ** floor(log10(rough))
        self.step: Final = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
        self.first: Final = floor(low / self.step)
        self.last: Final = max(-floor(-high / self.step), self.first + 1)

    def x(self, value: float) -> float:
        share = (value / self.step - self.first) / (self.last - self.first)
        return round(_LEFT + share * (_RIGHT - _LEFT), 1)

    def ticks(self) -> Iterator[tuple[float, str]]:
        digits = max(0, -floor(log10(self.step)))
        for number in range(self.first, self.last + 1):
            yield self.x(number * self.step), f"{number * self.step:.{digits}f}"


def _body(tables: Sequence[Table], scale: _Scale, *, k: int) -> tuple[list[str], int]:
    """The elements, and where the picture ends."""
    lines: list[str] = []
    y = 8
    for table in tables:
        y += 24
        lines.append(f'<text class="title" x="16" y="{y}">NDCG@{k}; candidates are {escape(table.title)}</text>')
        top = y + 10
        rows, y = _cases(table, scale, y + 10)
        for x, text in scale.ticks():
            lines.append(f'<line class="grid" x1="{x}" x2="{x}" y1="{top}" y2="{y}"/>')
            lines.append(f'<text class="soft" x="{x}" y="{y + 16}" text-anchor="middle">{text}</text>')
        lines += rows
        y += 30
    y += 10
    for place, (form, said) in enumerate(_FORMS.values()):
        lines += _point(form, 24 + 200 * place, y - 4)
        lines.append(f'<text class="soft" x="{38 + 200 * place}" y="{y}">{said}</text>')
    lines.append(f'<text class="soft" x="16" y="{y + _LINE}">{_NOTE}</text>')
    return lines, y + 2 * _LINE


def _cases(table: Table, scale: _Scale, y: int) -> tuple[list[str], int]:
    lines = []
    for case, models in table.figures.items():
        y += _LINE + 4
        people = next(iter(models.values())).people
        lines.append(f'<text class="case" x="16" y="{y}">case {escape(case)}</text>')
        lines.append(f'<text class="soft" x="{_NUMBERS}" y="{y}">{people:,} people</text>')
        for name, each in models.items():
            y += _LINE
            (low, high), (form, said) = each.ndcg_ci, _FORMS[table.mark(case, name)]
            numbers = f"{each.ndcg:.4f}  ({low:.4f}–{high:.4f})"
            lines += [
                f"<g><title>case {escape(case)}, {escape(name)}: {numbers}, {said}</title>",
                f'<text x="28" y="{y}">{escape(name)}</text>',
                f'<line class="range" x1="{scale.x(low)}" x2="{scale.x(high)}" y1="{y - 4}" y2="{y - 4}"/>',
                *_point(form, scale.x(each.ndcg), y - 4),
                f'<text x="{_NUMBERS}" y="{y}">{numbers}</text></g>',
            ]
    return lines, y + 8


def _point(form: str, x: float, y: float) -> list[str]:
    """A diamond for the best, a full circle for those as good, an empty one for the others."""
    if form == "best":
        return [f'<path class="best" d="M{x} {y - 7}l7 7-7 7-7-7z"/>']
    return [f'<circle class="{form}" cx="{x}" cy="{y}" r="4.5"/>']


def _told(tables: Sequence[Table]) -> Iterator[str]:
    """The same in sentences."""
    for table in tables:
        yield f"Candidates are {table.title}."
        for case, models in table.figures.items():
            winner = table.winners[case]
            others = [name for name in winner.as_good if name != winner.model]
            good = f"not significantly worse: {', '.join(others)}" if others else "all others are significantly worse"
            listed = ", ".join(f"{name} {each.ndcg:.4f}" for name, each in models.items())
            yield f"Case {case}: {listed}; best is {winner.model}, {good}."
