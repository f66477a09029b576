"""Naming people on the command line: whoever is named types a one-time code, so that nobody acts under another's name."""

import sys
from getpass import getpass
from typing import TYPE_CHECKING

from bekal.cli.errors import NobodyNamed

if TYPE_CHECKING:
    from bekal.access.models import User

_TERMINAL = "terminal"


def named_person(email: str | None) -> "User | None":
    """The person with this address, once the code of that person's authenticator app was typed; None where nobody is named.

    The code is asked for at the terminal and not shown, or read as the next line of standard input where that is none.

    Raises:
        NotFound: nobody has this address.
        NoSecondFactor, CodeNeeded, CodeWrong, TooManyTries: the code.
    """
    if email is None:
        return None
    from bekal.access.codes import use_code
    from bekal.access.errors import CodeNeeded
    from bekal.access.queries import user_by_email
    from bekal.access.tries import Origin

    person = user_by_email(email)
    code = _asked(f"Code of {person.email}: ").strip()
    if not code:
        raise CodeNeeded
    use_code(user=person, code=code, origin=Origin(network=_TERMINAL))
    return person


def named_operator(email: str | None) -> "User | None":
    """The same for what an operator decides: somebody must be named, but where nobody is an operator.

    That is an installation of the recommender alone, without people; what is done there is the machine's.

    Raises:
        NobodyNamed: there are operators, and none is named.
        NotFound, NoSecondFactor, CodeNeeded, CodeWrong, TooManyTries: as `named_person`.
    """
    from bekal.access.models import Role
    from bekal.access.queries import is_held

    if email is None and is_held(Role.OPERATOR):
        raise NobodyNamed
    return named_person(email)


def _asked(prompt: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline()
    try:
        return getpass(prompt)
    except EOFError:
        return ""
