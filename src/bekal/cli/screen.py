"""`bekal screen`: exclusion lists, and the screening of a wave."""

from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path
from typing import Final

from bekal.cli.command import Command, Database, Group
from bekal.cli.files import add_delimiter, day
from bekal.cli.output import report

_SOME_REFUSED: Final = 3
_SHOWN: Final = 100


def _configure_import(parser: ArgumentParser) -> None:
    parser.add_argument("code", metavar="LIST", help="the list's code in the programme's definition, such as civil_servant")
    parser.add_argument("file", metavar="FILE", type=Path, help="a CSV file in UTF-8 with a header line")
    parser.add_argument(
        "--source", metavar="TEXT", required=True, help="where the list comes from, such as the number of a letter"
    )
    parser.add_argument("--dated", metavar="DAY", type=day, required=True, help="the day of which the list is, as 2021-02-15")
    parser.add_argument("--column", metavar="NAME", default="nik", help="the column that holds the NIK; default %(default)s")
    add_delimiter(parser)


def _run_import(arguments: Namespace) -> int:
    from bekal.participants.screening.lists import import_list

    found = import_list(
        code=arguments.code,
        path=arguments.file,
        source=arguments.source,
        dated_on=arguments.dated,
        column=arguments.column,
        delimiter=arguments.delimiter,
    )
    lines = [f"line {row.line}: {row.reason}" for row in found.refused[:_SHOWN]]
    if len(found.refused) > _SHOWN:
        lines.append(f"… and {len(found.refused) - _SHOWN} more; --json lists them all")
    counts = f"{found.entries} imported as version {found.list.version}, {found.repeated} repeated, {len(found.refused)} refused"
    report(
        {
            "list": arguments.code,
            "version": found.list.version,
            "imported": found.entries,
            "repeated": found.repeated,
            "refused": [asdict(row) for row in found.refused],
        },
        as_json=arguments.json,
        text="\n".join([*lines, counts]),
    )
    return _SOME_REFUSED if found.refused else 0


def _configure_wave(parser: ArgumentParser) -> None:
    parser.add_argument("programme", metavar="PROGRAMME", help="the programme's code, such as prakerja-2021")
    parser.add_argument("number", metavar="NUMBER", type=int, help="the number of the wave")


def _run_wave(arguments: Namespace) -> int:
    from bekal.participants.screening.services import screen_now
    from bekal.participants.screening.wording import reason_in_words
    from bekal.programmes.queries import wave_by_number

    wave = wave_by_number(programme=arguments.programme, number=arguments.number)
    found = screen_now(wave=wave)
    lines = [f"{count:>10} {reason_in_words(reason, wave.programme)}" for reason, count in found.reasons.items()]
    if found.missing_lists:
        lines.append(f"never imported: {', '.join(found.missing_lists)}")
    if found.hits:
        lines.append(f"{found.hits} newly found after the freeze")
    report(
        asdict(found),
        as_json=arguments.json,
        text="\n".join([f"{found.judged} judged, {found.eligible} eligible", *lines]),
    )
    return 0


GROUP = Group(
    name="screen",
    help="exclusion lists, and who may take part",
    commands=(
        Command(
            name="import-list",
            help="put a list of people who may not take part in use; refused lines are told, and make it end with 3",
            example="bekal screen import-list civil_servant asn.csv --source 'BKN 17/2021' --dated 2021-02-15",
            database=Database.HOME,
            configure=_configure_import,
            run=_run_import,
        ),
        Command(
            name="applicants",
            help="judge everybody who applied to a wave",
            example="bekal screen applicants prakerja-2021 12",
            database=Database.HOME,
            configure=_configure_wave,
            run=_run_wave,
        ),
    ),
)
