"""What the help of every command says, found by walking the parsers."""

import argparse
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from bekal.catalogue.importing import OPTIONAL, REQUIRED
from bekal.config.main import command_line
from bekal.programmes.definition import available_definitions
from bekal.recommender.engine.store import MODELS

ROOT: Final = Path(__file__).parents[2]
# What numbers on the command line count, or are measured in.
UNITS: Final = re.compile(
    r"\b(people|person|accounts?|rupiah|units|items|places|times|experiments|connections|share|port|process|draws)\b"
)
# Numbers that are allowed; bounds of a share are not.
RANGE: Final = re.compile(
    r"\bfrom (?P<least>\d+) to (?P<most>\d+)|\b(?P<from>\d+) or more\b|\babove (?P<above>\d+) and below (?P<below>\d+)\b"
)


@dataclass(frozen=True)
class Argument:
    command: str
    action: argparse.Action

    @property
    def help(self) -> str:
        """As it is printed."""
        parser = argparse.ArgumentParser()
        return parser._get_formatter()._expand_help(self.action) if self.action.help else ""

    def __str__(self) -> str:
        return f"{self.command} {self.action.option_strings[0] if self.action.option_strings else self.action.metavar}"


def commands(parser: argparse.ArgumentParser, name: str = "bekal") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    for group in groups:
        for child, subparser in group.choices.items():
            yield from commands(subparser, f"{name} {child}")
    if not groups:
        yield name, parser


COMMANDS: Final = dict(commands(command_line()))
ARGUMENTS: Final = [
    Argument(name, action)
    for name, parser in COMMANDS.items()
    for action in parser._actions
    if not isinstance(action, argparse._HelpAction)
]
VALUED: Final = [argument for argument in ARGUMENTS if argument.action.nargs != 0]
# Those that tell a number by their metavar, as all do that take one.
NUMBERS: Final = [argument for argument in VALUED if argument.action.metavar in {"N", "P", "K", "S", "RATE", "PID", "ACCOUNT"}]


def test_every_argument_says_something() -> None:
    assert [str(argument) for argument in ARGUMENTS if not argument.help] == []


def test_every_option_says_what_holds_without_it() -> None:
    left_open = [
        str(argument)
        for argument in VALUED
        if argument.action.option_strings
        and not argument.action.required
        and not re.search(r"\bdefaults? |\bwithout it\b", argument.help)
    ]
    assert left_open == []


def test_every_default_is_said_as_it_is_typed() -> None:
    given = [argument for argument in VALUED if argument.action.default not in (None, False, "", argparse.SUPPRESS)]
    assert len(given) > 10
    unsaid = []
    for argument in given:
        default = argument.action.default
        written = " ".join(default) if isinstance(default, tuple) else str(default)
        if not re.search(rf"\bdefault {re.escape(written)}(?![\w.])", argument.help):
            unsaid.append(f"{argument}: {written}")
    assert unsaid == []


def test_every_choice_is_listed() -> None:
    chosen = [argument for argument in ARGUMENTS if argument.action.choices is not None]
    assert len(chosen) > 8
    for argument in chosen:
        parser = COMMANDS[argument.command]
        shown = parser.format_help()
        assert all(str(choice) in shown for choice in argument.action.choices or ()), str(argument)


@pytest.mark.parametrize(
    ("argument", "known"),
    [
        ("bekal recommender evaluate --models", sorted(MODELS, key=lambda name: (name != "bekal", name))),
        ("bekal import-catalogue --map", [*REQUIRED, *OPTIONAL]),
        ("bekal replay --programme", list(available_definitions())),
    ],
)
def test_names_that_are_known_only_later_are_listed(argument: str, known: list[str]) -> None:
    (found,) = (each for each in ARGUMENTS if str(each) == argument)
    assert found.help.split(": ", 1)[1].split(";")[0].split(", ") == known


def test_every_number_says_its_unit() -> None:
    assert len(NUMBERS) > 15
    assert [str(argument) for argument in NUMBERS if not UNITS.search(argument.help)] == []


def test_every_number_says_its_range_and_keeps_to_it() -> None:
    for argument in NUMBERS:
        if argument.action.metavar in {"PID", "ACCOUNT"}:
            continue
        stated = RANGE.search(argument.help)
        assert stated is not None, str(argument)
        read = argument.action.type
        assert callable(read), str(argument)
        least, most = stated["least"] or stated["from"], stated["most"]
        outside = ["-1", *filter(None, [stated["above"], stated["below"]]), *([str(int(most) + 1)] if most else [])]
        for number in filter(None, [least, most]):
            read(number)
        if least and int(least) > 0:
            outside.append(str(int(least) - 1))
        for number in outside:
            with pytest.raises(argparse.ArgumentTypeError):
                read(number)


def test_every_example_can_be_typed() -> None:
    for name, parser in COMMANDS.items():
        example = str(parser.epilog).removeprefix("example: ")
        assert example.startswith(name), name
        command_line().parse_args(shlex.split(example)[1:])


def test_the_readme_names_every_command_and_only_what_they_take() -> None:
    rows = re.findall(r"^\| `(bekal [^`]+)` \| (.+) \|$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    groups = {name for name in COMMANDS if not name.startswith("bekal recommender ")} | {"bekal recommender"}
    named = set()
    for typed, does in rows:
        name = max((name for name in groups if f"{typed} ".startswith(f"{name} ")), key=len, default=typed)
        named.add(name)
        options = set(re.findall(r"--[a-z-]+", f"{typed} {does}"))
        known = {option for argument in ARGUMENTS if argument.command == name for option in argument.action.option_strings}
        assert name in groups, typed
        assert options <= known, typed
    assert named == groups


def test_the_readme_s_targets_and_their_variables_are_the_makefile_s() -> None:
    readme, makefile = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "Makefile"))
    targets = re.findall(r"\bmake ([a-z-]+)((?: [A-Z]+=\d+)*)", readme)
    assert {name for name, _ in targets} >= {"demo", "test"}
    for name, variables in targets:
        recipe = re.search(rf"^{name}:.*(?:\n\t.*)*", makefile, re.MULTILINE)
        assert recipe is not None, name
        assert all(f"$({variable})" in recipe[0] for variable in re.findall(r"([A-Z]+)=", variables)), name
