"""The console script `bekal`."""

import argparse
import json
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Final

from django.apps import apps
from django.conf import settings
from django.utils.translation import override

import bekal
from bekal.cli import (
    audit,
    demo,
    draw,
    erase,
    import_catalogue,
    migrate,
    recommender,
    replay,
    report,
    runs,
    screen,
    seal,
    serve,
    statement,
    verify_statement,
)
from bekal.cli.command import Command, Database, Group
from bekal.config.preparation import prepared_database
from bekal.config.safekeeping import backup, rotating
from bekal.core import clock
from bekal.core.errors import BekalError

_COMMANDS: Final[tuple[Command | Group, ...]] = (
    demo.COMMAND,
    serve.COMMAND,
    migrate.COMMAND,
    import_catalogue.COMMAND,
    screen.GROUP,
    runs.RUNS,
    runs.POST,
    runs.WORKER,
    replay.COMMAND,
    audit.COMMAND,
    erase.COMMAND,
    rotating.GROUP,
    backup.BACKUP,
    backup.RESTORE,
    seal.COMMAND,
    statement.COMMAND,
    verify_statement.COMMAND,
    draw.GROUP,
    report.COMMAND,
    recommender.GROUP,
)
_REFUSED: Final = 2
_INTERRUPTED: Final = 130
_TERMINATED: Final = 143


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    0 is done, 1 the answer is no, 2 refused with a reason, 130 interrupted, 143 terminated.
    """
    parsed = command_line().parse_args(arguments)
    command: Command = parsed.command
    # So that a command that is told to end also ends the server it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))
    try:
        with _surroundings(command.database_for(parsed), lasts=command.lasts):
            return command.run(parsed)
    except BekalError as error:
        message = _written(error)
        sys.stderr.write(f"bekal: {message}\n")
        if parsed.json:
            sys.stdout.write(json.dumps({"error": {"code": error.code, "message": message}}, ensure_ascii=False) + "\n")
        return _REFUSED
    except KeyboardInterrupt:
        sys.stderr.write("bekal: interrupted\n")
        return _INTERRUPTED


@contextmanager
def _surroundings(database: Database, *, lasts: bool) -> Iterator[None]:
    """The database, the clock and the language that a command asks for."""
    if database is Database.NONE:
        # What is refused is told in English: the words of other languages come with Django.
        if not settings.configured:
            settings.configure(USE_I18N=False)
        yield
        return
    with prepared_database(database, lasts=lasts), ExitStack() as stack:
        if database is not Database.TO_MIGRATE:
            stack.enter_context(clock.pinned())
        stack.enter_context(override(_language()))
        yield


def _language() -> str:
    """The language of the person at the terminal: Indonesian where the locale says so, English otherwise."""
    locale = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "id" if locale.startswith("id") else "en"


def _written(error: BekalError) -> str:
    """The error's message, also where Django could not be set up."""
    if apps.ready:
        with override(_language()):
            return str(error)
    if not settings.configured:
        settings.configure(USE_I18N=False)
    return str(error)


def command_line() -> argparse.ArgumentParser:
    """What can be typed: every command with its arguments. Needs no Django."""
    parser = argparse.ArgumentParser(prog="bekal", description=bekal.__doc__)
    parser.add_argument("--version", action="version", version=f"bekal {bekal.__version__}")
    _add_commands(parser, _COMMANDS)
    return parser


def _add_commands(parser: argparse.ArgumentParser, commands: Sequence[Command | Group]) -> None:
    subparsers = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in commands:
        example = f"example: {command.example}" if isinstance(command, Command) else None
        subparser = subparsers.add_parser(command.name, help=command.help, description=command.help, epilog=example)
        if isinstance(command, Group):
            _add_commands(subparser, command.commands)
        else:
            command.add_arguments(subparser)
            subparser.set_defaults(command=command)


if __name__ == "__main__":
    sys.exit(main())
