"""`bekal recommender batch`: what fits everybody, from the database or from files."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bekal.cli.command import Command, Database
from bekal.cli.errors import FileNotRead, FileNotWritten
from bekal.cli.files import add_format, require_place, whole_amount
from bekal.cli.output import progress_bar, report, say
from bekal.cli.recommender.errors import BatchOptions, NoBalance

if TYPE_CHECKING:
    from bekal.recommender.engine import Bekal, Choosing
    from bekal.recommender.training.folders import Files


_MOST_BALANCE: Final = 1_000_000_000


def _top(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 1_000):
        raise ArgumentTypeError(f"{text!r} is no number from 1 to 1000")
    return int(text)


def _configure(parser: ArgumentParser) -> None:
    files = parser.add_argument_group("files alone, without any database")
    files.add_argument("--from", dest="folder", metavar="FOLDER", type=Path, help="people.csv, history.csv and catalogue.csv")
    files.add_argument("--to", metavar="FILE", type=Path, help="the CSV file to write")
    files.add_argument("--model", metavar="FILE", type=Path, help="a model of exactly this catalogue; one is trained without it")
    files.add_argument(
        "--balance", metavar="N", type=whole_amount(most=_MOST_BALANCE), help="the balance of people who have none in people.csv"
    )
    files.add_argument("--top", metavar="N", type=_top, default=10, help="at most so many items a person; default 10")
    add_format(files)


def _database(arguments: Namespace) -> Database:
    return Database.HOME if arguments.folder is None else Database.NONE


def _run(arguments: Namespace) -> int:
    if (arguments.folder is None) != (arguments.to is None):
        raise BatchOptions
    return _everybody(arguments) if arguments.folder is None else _files(arguments)


def _everybody(arguments: Namespace) -> int:
    from bekal.recommender.batch.nightly import finish_run, left_to_do, open_run

    run = open_run()
    if run.people:
        say(f"Going on after {run.people} people.")
    with progress_bar("people", total=left_to_do(run)) as advance:
        run = finish_run(run=run, progress=advance)
    report(
        {"run": run.pk, "model": run.model.name, "day": run.day.isoformat(), "people": run.people},
        as_json=arguments.json,
        text=f"{run.people} people, with the model {run.model.name}",
    )
    return 0


def _files(arguments: Namespace) -> int:
    from bekal.recommender.batch.files import write_recommendations
    from bekal.recommender.training.folders import balances_of

    require_place(arguments.to, replaced=True)
    files = read(arguments, for_learning=arguments.model is None)
    asked = int((balances_of(files, balance=arguments.balance) >= 0).sum())
    if not asked:
        raise NoBalance
    model, choosing, name = _model(arguments.model, files, balance=arguments.balance)
    try:
        with progress_bar("people", total=asked) as advance:
            people = write_recommendations(
                arguments.to,
                files=files,
                model=model,
                choosing=choosing,
                balance=arguments.balance,
                top=arguments.top,
                progress=advance,
            )
    except OSError as error:
        raise FileNotWritten(path=arguments.to, reason=error.strerror) from error
    report(
        {
            "file": str(arguments.to),
            "people": people,
            "model": name,
            "choosing": asdict(choosing),
            "notes": list(files.folder.notes),
        },
        as_json=arguments.json,
        text=f"{people} people in {arguments.to}",
    )
    return 0


def read(arguments: Namespace, *, for_learning: bool = True) -> "Files":
    """Read `arguments.folder` and say what is to be said about it; with a model at hand nobody need have taken anything.

    Raises:
        FileNotRead: and why.
    """
    from bekal.recommender.folders import Format
    from bekal.recommender.training.folders import read_files

    with refused_folder(arguments.folder):
        written = Format(arguments.delimiter, arguments.decimal_mark)
        files = read_files(arguments.folder, for_learning=for_learning, written=written)
    for note in files.folder.notes:
        say(note)
    return files


@contextmanager
def refused_folder(folder: Path) -> Iterator[None]:
    """Name the file that cannot be read, and why."""
    from bekal.recommender.folders import FolderRefused

    try:
        yield
    except FolderRefused as error:
        raise FileNotRead(path=error.path, reason=error) from error
    except OSError as error:
        raise FileNotRead(path=error.filename or folder, reason=error.strerror) from error


def _model(path: Path | None, files: "Files", *, balance: int | None) -> "tuple[Bekal, Choosing, str]":
    from bekal.recommender.engine import Bekal, ModelRefused, load_model
    from bekal.recommender.training.folders import asking_of
    from bekal.recommender.training.worth import choosing_for

    if path is None:
        say("Training …")
        trained = Bekal.fit(files.data.interactions, files.data.demographics)
        choosing = choosing_for(trained, asking_of(files, balance=balance, attributes=trained.attributes))
        return trained, choosing, f"{Bekal.name} (trained now)"
    try:
        model, manifest = load_model(path, catalogue=files.catalogue)
    except ModelRefused as error:
        raise FileNotRead(path=path, reason=error) from error
    except OSError as error:
        raise FileNotRead(path=path, reason=error.strerror) from error
    if not isinstance(model, Bekal) or manifest.choosing is None:
        raise FileNotRead(path=path, reason=f"it holds {model.name}, a baseline that is for comparison alone")
    return model, manifest.choosing, path.name


COMMAND = Command(
    name="batch",
    help="find what fits every active participant; or, with --from and --to, everybody in a folder of files",
    example="bekal recommender batch --from folder --to recommendations.csv --balance 300000",
    database=_database,
    configure=_configure,
    run=_run,
)
