"""`bekal recommender key`: who may ask the recommendation API."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace

from bekal.cli.command import Command, Database
from bekal.cli.output import report, say

_CHARACTERS = 100


def _name(text: str) -> str:
    name = text.strip()
    if not 1 <= len(name) <= _CHARACTERS or not name.isprintable():
        raise ArgumentTypeError(f"a name has 1 to {_CHARACTERS} printable characters")
    return name


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", type=_name, help="whose key it is, for people")
    parser.add_argument("--revoke", action="store_true", help="let the key of this name open nothing any more")


def _run(arguments: Namespace) -> int:
    from bekal.access.keys import make_key, revoke_key

    if arguments.revoke:
        revoke_key(name=arguments.name)
        report({"name": arguments.name, "revoked": True}, as_json=arguments.json, text=f"the key {arguments.name} is revoked")
        return 0
    key = make_key(name=arguments.name)
    say("This is the only time that the key is shown; only its hash is kept.")
    report({"name": arguments.name, "key": key}, as_json=arguments.json, text=key)
    return 0


COMMAND = Command(
    name="key",
    help="make a key for the recommendation API, or revoke one",
    example="bekal recommender key dashboard",
    database=Database.HOME,
    configure=_configure,
    run=_run,
)
