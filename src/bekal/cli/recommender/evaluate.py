"""`bekal recommender evaluate`: how good models are on a folder of data, without any database."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bekal.cli.arguments import whole_number
from bekal.cli.command import Command, Database
from bekal.cli.files import MOST_BUDGET, add_format, require_place, whole_amount
from bekal.cli.output import progress_bar, report
from bekal.cli.recommender.batch import refused_folder
from bekal.cli.recommender.errors import NotEvaluated
from bekal.cli.recommender.evaluation_plot import write_plot
from bekal.cli.recommender.evaluation_tables import AFFORDABLE, ALL, Table, table_lines, table_of, write_csv

if TYPE_CHECKING:
    from bekal.recommender.engine.evaluation import Dataset, Evaluation, Split
    from bekal.recommender.folders import Folder

_OWN: Final = "bekal"
# Told without loading them, which takes seconds.
_MODELS: Final = (_OWN, "ease", "item_knn", "naive_bayes", "popularity", "segments")
_VISIBLE: Final = ("0", "1", "3", "half", "rest")


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="holds people.csv, history.csv and catalogue.csv")
    parser.add_argument("--models", metavar="NAME", nargs="+", help=f"which models: {', '.join(_MODELS)}; without it, all")
    way = parser.add_mutually_exclusive_group()
    way.add_argument(
        "--visible",
        metavar="SEEN",
        nargs="+",
        type=_visible,
        default=_VISIBLE,
        help="how much of a held-out person's history a model sees: numbers of items, half, rest (all but one), next"
        " (before each of the first five); default"
        f" {' '.join(_VISIBLE)}",
    )
    way.add_argument(
        "--split-time",
        metavar="ISO",
        type=_moment,
        help="learn from what was taken before this day or time and predict the rest, the cases cold and warm,"
        " such as 2021-03-01 or 2021-03-01T09:30:00Z; without it, people are held out",
    )
    parser.add_argument(
        "--test-share",
        metavar="S",
        type=_share,
        default=0.3,
        help="the share of people held out, above 0 and below 1; default %(default)s",
    )
    for name, default, what in (
        ("min-items", 8, "ask only about people with so many items"),
        ("k", 10, "how many places of a ranking count"),
        ("seeds", 3, "hold people out so many times"),
    ):
        parser.add_argument(
            f"--{name}",
            metavar="K" if name == "k" else "N",
            type=whole_number(least=1),
            default=default,
            help=f"{what}, 1 or more; default %(default)s",
        )
    parser.add_argument(
        "--budget",
        metavar="N",
        type=whole_amount(most=MOST_BUDGET),
        help="what everybody had to spend: recommend only what N, less the prices of what is visible, can buy,"
        f" in the units of those prices, from 0 to {MOST_BUDGET}; needs prices; without it, prices do not matter",
    )
    parser.add_argument("--csv", metavar="FILE", type=Path, help="write every figure as a table too; without it, no file")
    parser.add_argument("--plot", metavar="FILE", type=Path, help="write a picture of it too, as SVG; without it, none")
    add_format(parser)


def _run(arguments: Namespace) -> int:
    from bekal.recommender.engine.evaluation import evaluate

    for path in filter(None, (arguments.csv, arguments.plot)):
        require_place(path)
    models = _models(arguments.models)
    folder = _folder(arguments)
    data = folder.data if arguments.budget is None else folder.data.with_budget(arguments.budget)
    splits = _splits(arguments, data)
    with progress_bar("evaluating", total=len(models) * len(splits)) as advance:
        try:
            found = evaluate(data, splits, models, k=arguments.k, advance=advance)
        except ValueError as error:
            raise NotEvaluated(reason=error) from error
    notes = [*folder.notes, *_budget_notes(data, found, arguments.budget)]
    tables = [table_of(data, found.affordable, candidates=AFFORDABLE, own=_OWN)] if found.affordable else []
    tables.append(table_of(data, found.cases, candidates=ALL, own=_OWN))
    if arguments.csv is not None:
        write_csv(arguments.csv, tables)
    if arguments.plot is not None:
        write_plot(arguments.plot, tables, k=arguments.k)
    report(
        _written(arguments, folder, splits=splits, found=found, tables=tables, notes=notes),
        as_json=arguments.json,
        text="\n".join([*notes, "", *table_lines(tables, k=arguments.k)]),
    )
    return 0


def _models(names: Sequence[str] | None) -> Mapping[str, Callable]:  # type: ignore[type-arg]
    from bekal.recommender.engine.store import MODELS

    if unknown := [name for name in names or () if name not in MODELS]:
        raise NotEvaluated(reason=f"there is no model {unknown[0]}; there are {', '.join(sorted(MODELS))}")
    chosen = dict.fromkeys(sorted(MODELS, key=lambda name: (name != _OWN, name)) if names is None else names)
    return {name: MODELS[name].fit for name in chosen}


def _folder(arguments: Namespace) -> "Folder":
    from bekal.recommender.engine.data import UNKNOWN
    from bekal.recommender.folders import Format, read_folder

    with refused_folder(arguments.folder):
        folder = read_folder(arguments.folder, written=Format(arguments.delimiter, arguments.decimal_mark))
    if arguments.budget is not None and (folder.data.prices == UNKNOWN).all():
        raise NotEvaluated(reason="--budget needs prices, and no item of catalogue.csv has one")
    return folder


def _splits(arguments: Namespace, data: "Dataset") -> Sequence["Split"]:
    from bekal.recommender.engine.evaluation import NobodyToAsk, by_people, by_time

    try:
        if arguments.split_time is not None:
            return [by_time(data, moment=arguments.split_time)]
        return by_people(
            data,
            visible=arguments.visible,
            test_share=arguments.test_share,
            min_items=arguments.min_items,
            seeds=range(arguments.seeds),
        )
    except NobodyToAsk as error:
        raise NotEvaluated(reason=error) from error


def _budget_notes(data: "Dataset", found: "Evaluation", budget: int | None) -> list[str]:
    from bekal.recommender.engine.data import UNKNOWN

    if budget is None:
        return []
    if not found.affordable:
        raise NotEvaluated(reason=f"--budget {budget}: nobody could buy anything of what was to be predicted")
    notes = []
    if priceless := int((data.prices == UNKNOWN).sum()):
        notes.append(
            f"--budget: {priceless} items without a price are never recommended, and cost nothing where they are visible"
        )
    for case in found.cases:
        if case not in found.affordable:
            notes.append(f"--budget: in the case {case}, nobody could buy anything of what was to be predicted")
        elif (left_out := found.affordable[case].left_out) is not None:
            notes.append(
                f"--budget: in the case {case}, {left_out.unaffordable} of {left_out.targets} targets could not be bought and are"
                " left out"
            )
    return notes


def _written(
    arguments: Namespace,
    folder: "Folder",
    *,
    splits: Sequence["Split"],
    found: "Evaluation",
    tables: Sequence[Table],
    notes: Sequence[str],
) -> dict[str, object]:
    data = folder.data
    return {
        **_table_written(tables[0]),
        # Where a budget is a mask, what the models do without it.
        "all_items": _table_written(tables[-1]) if len(tables) > 1 else None,
        "train_seconds": round(sum(found.train_seconds.values()), 3),
        "train_seconds_by_model": {name: round(seconds, 3) for name, seconds in found.train_seconds.items()},
        "k": arguments.k,
        "splits": len(splits),
        "people": data.interactions.people_count,
        "people_without_history": int((data.interactions.lengths == 0).sum()),
        "items": data.interactions.item_count,
        "history": data.interactions.items.size,
        "attributes": {attribute.name: len(attribute.levels) for attribute in data.demographics.attributes},
        "unknown": dict(folder.unknown),
        "dropped": dict(folder.dropped),
        "notes": list(notes),
    }


def _table_written(table: Table) -> dict[str, object]:
    return {
        "candidates": table.candidates,
        "models": {name: {case: asdict(models[name]) for case, models in table.figures.items()} for name in table.models},
        "winners": {case: asdict(winner) for case, winner in table.winners.items()},
        "left_out": {case: each and asdict(each) for case, each in table.left_out.items()},
        "differences_to_bekal": {
            case: {name: asdict(difference) for name, difference in others.items()} for case, others in table.against.items()
        },
    }


def _visible(text: str) -> str:
    if text in {"half", "rest", "next"}:
        return text
    if not (text.isascii() and text.isdigit()):
        raise ArgumentTypeError(f"{text!r} is neither a whole number nor half, rest or next")
    return str(int(text))


def _moment(text: str) -> int:
    from bekal.recommender.folders import time_of

    try:
        return time_of(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not a day such as 2021-03-01 or a time such as 2021-03-01T09:30:00Z") from error


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not a number") from error
    if not 0 < share < 1:
        raise ArgumentTypeError(f"{text} is not above 0 and below 1")
    return share


COMMAND = Command(
    name="evaluate",
    help="measure models on held-out people, or on what came after a day, in a folder of people, history and catalogue",
    example="bekal recommender evaluate folder",
    database=Database.NONE,
    configure=_configure,
    run=_run,
)
