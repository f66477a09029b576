"""Naming people on the command line: whoever is named types a one-time code, so that nobody acts under another's name."""

import sys
from getpass import getpass
from typing import TYPE_CHECKING

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


def _asked(prompt: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline()
    try:
        return getpass(prompt)
    except EOFError:
        return ""
