"""Tables and the picture of an evaluation."""

import csv
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bekal.cli.errors import FileNotWritten
from bekal.cli.recommender.evaluation_plot import plot, write_plot
from bekal.cli.recommender.evaluation_tables import AFFORDABLE, ALL, COLUMNS, Table, table_lines, write_csv
from bekal.recommender.engine.evaluation import Difference, Figures, Group, LeftOut, Winner

SVG = "{http://www.w3.org/2000/svg}"


def figures(ndcg: float) -> Figures:
    groups = {"sex": {"=F": Group(ndcg - 0.01, 60), "M": Group(ndcg + 0.01, 40)}}
    return Figures(ndcg, (ndcg - 0.02, ndcg + 0.02), ndcg / 2, 100, 300, groups)


TABLES = [
    Table(
        AFFORDABLE,
        figures={
            "0": {"bekal": figures(0.4), "ease": figures(0.39), "popularity": figures(0.3)},
            "rest": {"bekal": figures(0.5), "ease": figures(0.6), "popularity": figures(0.2)},
        },
        against={"0": {"ease": Difference(0.01, (-0.01, 0.03), 0.2, 0.4)}},
        winners={"0": Winner("bekal", ("bekal", "ease")), "rest": Winner("ease", ("ease",))},
        left_out={"0": LeftOut(500, 7, 3), "rest": LeftOut(100, 0, 0)},
    ),
    Table(ALL, {"0": {"bekal": figures(0.35), "ease": figures(0.36)}}, {}, {"0": Winner("ease", ("bekal", "ease"))}, {"0": None}),
]


def test_each_table_begins_with_all_cases_side_by_side_and_marks_the_best_of_each() -> None:
    lines = table_lines(TABLES, k=10)
    assert lines[:7] == [
        "NDCG@10; candidates are what each balance could buy",
        "model                        0         rest ",
        "bekal                   0.4000*      0.5000 ",
        "ease                    0.3900~      0.6000*",
        "popularity              0.3000       0.2000 ",
        "people                     100          100 ",
        "targets left out            10            0 ",
    ]
    assert lines[8:12] == [
        "NDCG@10; candidates are all items",
        "model                        0 ",
        "bekal                   0.3500~",
        "ease                    0.3600*",
    ]
    (row,) = (line for line in lines if line.startswith("0      ease"))
    assert row == "0      ease                   0.3900~  0.3700–0.4100      0.1950     100  +0.0100 (p = 0.400)"
    (head,) = (line for line in lines if line.startswith("case 0"))
    assert head.split()[-4:] == ["people", "bekal", "ease", "popularity"]


def test_the_csv_file_holds_every_figure_and_no_formula(tmp_path: Path) -> None:
    write_csv(tmp_path / "found.csv", TABLES)
    with (tmp_path / "found.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == (6 + 2) * 3
    ease = next(row for row in rows if (row["candidates"], row["case"], row["model"]) == ("affordable", "0", "ease"))
    assert {name: value for name, value in ease.items() if value} == {
        "candidates": "affordable", "case": "0", "model": "ease", "people": "100", "rankings": "300", "ndcg": "0.39",
        "ndcg_low": "0.37", "ndcg_high": "0.41000000000000003", "recall": "0.195", "bekal_is_better_by": "0.01", "low": "-0.01",
        "high": "0.03", "p_holm": "0.4", "is_best": "0", "is_as_good": "1", "targets": "500", "targets_left_out": "10",
    }  # fmt: skip
    assert {row["level"] for row in rows} == {"", "'=F", "M"}


def test_the_picture_shows_each_point_where_its_figure_is_with_a_text_for_it() -> None:
    drawn = ElementTree.fromstring(plot(TABLES, k=10))  # noqa: S314
    assert (drawn.get("role"), drawn.get("aria-labelledby")) == ("img", "name told")
    told = drawn.findtext(f"{SVG}desc") or ""
    assert "Case 0: bekal 0.4000, ease 0.3900, popularity 0.3000; best is bekal, not significantly worse: ease." in told
    assert "Case rest: bekal 0.5000, ease 0.6000, popularity 0.2000; best is ease, all others are significantly worse." in told

    ticks = {
        float(each.text or ""): float(each.get("x") or 0)
        for each in drawn.iter(f"{SVG}text")
        if each.get("text-anchor") == "middle"
    }
    low, high = min(ticks), max(ticks)

    def x(value: float) -> float:
        return ticks[low] + (value - low) / (high - low) * (ticks[high] - ticks[low])

    seen = []
    for group in drawn.iter(f"{SVG}g"):
        said = group.findtext(f"{SVG}title") or ""
        case, model, ndcg = re.findall(r"case (\S+), (\S+): ([\d.]+)", said)[0]
        line = group.find(f"{SVG}line")
        assert line is not None
        assert [float(line.get(end) or 0) for end in ("x1", "x2")] == pytest.approx(
            [x(float(ndcg) - 0.02), x(float(ndcg) + 0.02)], abs=0.11
        )
        point = next(each for each in group if each.get("class") in {"best", "good", "worse"})
        at = point.get("cx") or re.findall(r"M([\d.]+)", point.get("d") or "")[0]
        assert float(at) == pytest.approx(x(float(ndcg)), abs=0.11)
        seen.append((case, model, point.get("class")))
    assert seen == [
        ("0", "bekal", "best"),
        ("0", "ease", "good"),
        ("0", "popularity", "worse"),
        ("rest", "bekal", "worse"),
        ("rest", "ease", "best"),
        ("rest", "popularity", "worse"),
        ("0", "bekal", "good"),
        ("0", "ease", "best"),
    ]
    style = drawn.findtext(f"{SVG}style") or ""
    assert "prefers-color-scheme: dark" in style


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotWritten, match="nowhere"):
        write_csv(tmp_path / "nowhere" / "a.csv", TABLES)
    with pytest.raises(FileNotWritten, match="nowhere"):
        write_plot(tmp_path / "nowhere" / "a.svg", TABLES, k=10)
