"""The form of a command."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto


class Database(Enum):
    """Which database a command works on."""

    HOME = auto()
    """The installation's own, which must be of this version."""
    TO_MIGRATE = auto()
    """The installation's own, of this version or an older one; whether it is, is for the command to see."""
    DEMO = auto()
    """One that was made for a demo, or an empty one, which becomes that."""
    NEW_DEMO = auto()
    """The same, after what the demo held was deleted."""
    SCRATCH = auto()
    """An empty one, dropped when the command ends."""
    NONE = auto()
    """None at all: no server is started, no home folder is made, Django is not set up."""


@dataclass(frozen=True, slots=True)
class Command:
    """One subcommand of `bekal`.

    `run` is called once the database, if it wants one, is there and migrated, and returns the exit status. It imports the rooms
    it needs itself, because Django is not set up when the parser is built.

    Every command takes `--json`, which `arguments.json` tells `run`; `configure` adds what else it takes.

    Attributes:
        help: what it does.
        example: how it is called, for somebody who sees it for the first time.
        lasts: whether it runs until it is told to end; then the embedded database is started again where it ended.
    """

    name: str
    help: str
    example: str
    database: Database | Callable[[Namespace], Database]
    run: Callable[[Namespace], int]
    configure: Callable[[ArgumentParser], None] | None = None
    lasts: bool = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add what the command takes."""
        if self.configure is not None:
            self.configure(parser)
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def database_for(self, arguments: Namespace) -> Database:
        """Which database the command works on, given its arguments."""
        return self.database if isinstance(self.database, Database) else self.database(arguments)


@dataclass(frozen=True, slots=True)
class Group:
    """Commands that are called as `bekal <name of the group> <name of the command>`."""

    name: str
    help: str
    commands: tuple[Command, ...]
