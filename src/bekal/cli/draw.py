"""`bekal draw …`: what concerns the draw of a wave's places."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from bekal.cli.command import Command, Database, Group
from bekal.cli.errors import FileNotRead
from bekal.cli.output import report


def _configure_verify(parser: ArgumentParser) -> None:
    parser.add_argument(
        "files",
        metavar="FILE",
        type=Path,
        nargs="+",
        help="the published files of one draw, in any order, plain or as gzip: the announcement and the applications; with the"
        " leaves a changed row is named, with the results the draw is repeated",
    )


def _verify(arguments: Namespace) -> int:
    from bekal.participants.draw.verify import Unreadable, verify_files

    try:
        found = verify_files(arguments.files)
    except Unreadable as error:
        raise FileNotRead(path=", ".join(map(str, arguments.files)), reason=error) from error
    except OSError as error:
        raise FileNotRead(path=error.filename, reason=error.strerror) from error
    holds = found.problem_count == 0
    beacon = " The value is the test beacon's: it decides nothing outside a demo." if found.is_test else ""
    drawn = "" if found.outcomes is None else "".join(f", {count} {name}" for name, count in found.outcomes.items())
    text = [
        *found.problems,
        *([f"{found.problem_count} problems in all"] if found.problem_count > len(found.problems) else []),
        f"the draw {'holds' if holds else 'does NOT hold'}: {found.count} applications, {found.places} places{drawn};"
        f" root {found.root}.{beacon}",
    ]
    report(
        {
            "valid": holds,
            "problems": found.problems,
            "problem_count": found.problem_count,
            "root": found.root,
            "applications": found.count,
            "places": found.places,
            "outcomes": found.outcomes,
            "test_beacon": found.is_test,
        },
        as_json=arguments.json,
        text="\n".join(text),
    )
    return 0 if holds else 1


VERIFY = Command(
    name="verify",
    help="repeat a draw from its published files, without any database; exit 1 if something does not follow",
    example="bekal draw verify announcement.json applications.jsonl.gz leaves.bin results.jsonl.gz",
    database=Database.NONE,
    configure=_configure_verify,
    run=_verify,
)

GROUP = Group(name="draw", help="the draw of a wave's places", commands=(VERIFY,))
