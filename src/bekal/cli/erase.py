"""`bekal erase`: forget who a person is."""

import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext as _

from bekal.cli.command import Command, Database
from bekal.cli.output import report
from bekal.cli.people import named_person
from bekal.core.errors import NotFound

if TYPE_CHECKING:
    from bekal.participants.models import Participant


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument(
        "person",
        metavar="PERSON",
        help="e-mail address, or public id of the participant; - reads a NIK from standard input",
    )
    parser.add_argument(
        "--by",
        metavar="USER",
        required=True,
        help="the operator who does it, by e-mail address, who is asked for a code of the authenticator app with --yes",
    )
    parser.add_argument("--give-up-money", action="store_true", help="also where there is a balance, which the person gives up")
    parser.add_argument("--yes", action="store_true", help="do it; without, only what would be erased is shown, and exit is 1")


def _run(arguments: Namespace) -> int:
    from bekal.access.queries import user_by_email
    from bekal.payouts.erasure import erase_person, holdings_of

    person = _named(arguments.person)
    actor = named_person(arguments.by) if arguments.yes else user_by_email(arguments.by)
    held = holdings_of(person)
    fields = {
        "participant": str(person.public_id),
        "erased": arguments.yes,
        "accounts": held.accounts,
        "balance_idr": held.balance_idr,
        "payments_on_their_way": held.sent,
    }
    if actor is not None and arguments.yes:
        erase_person(participant=person, actor=actor, gives_up_money=arguments.give_up_money)
    done = "erased" if arguments.yes else "would be erased (nothing was; --yes does it)"
    report(
        fields,
        as_json=arguments.json,
        text=f"participant {person.public_id}: name, e-mail address, phone, NIK, birth date and {held.accounts} account numbers"
        f" {done};"
        " the fingerprints of NIK and family card, bars and all transfers stay",
    )
    return 0 if arguments.yes else 1


def _named(text: str) -> "Participant":
    from bekal.access.queries import user_by_email
    from bekal.participants.models import Participant
    from bekal.participants.queries import participant_by_nik, participant_by_public_id

    if text == "-":
        # One line: the code of whoever erases may follow.
        return participant_by_nik("".join(character for character in sys.stdin.readline() if character.isdigit()))
    if "@" in text:
        found = Participant.objects.filter(user=user_by_email(text)).first()
        if found is None:
            raise NotFound(what=_("participant"), name=text)
        return found
    try:
        return participant_by_public_id(UUID(text))
    except ValueError as error:
        raise NotFound(what=_("participant"), name=text) from error


COMMAND = Command(
    name="erase",
    help="forget who a person is: destroy the key under which name, phone, NIK, birth date and account numbers are sealed",
    example="bekal erase sari@example.com --by operator@example.go.id --yes",
    database=Database.HOME,
    configure=_configure,
    run=_run,
)
