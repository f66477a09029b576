"""How a person names an account of the ledger or a wave on the command line."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext as _

from bekal.cli.errors import BadAccountName
from bekal.core.errors import NotFound
from bekal.ledger.accounts import incentive_account, provider_account, training_account

if TYPE_CHECKING:
    from bekal.programmes.models import Wave


def account_named(text: str) -> int:
    """The id of an account: a number, or a kind and the public id of what it belongs to, such as `training:<enrolment>`.

    Raises:
        BadAccountName: neither.
        NotFound: nothing has this public id.
    """
    kind, separator, name = text.partition(":")
    if not separator and text.isascii() and text.isdecimal() and len(text) < 19:
        return int(text)
    try:
        public_id = UUID(name)
    except ValueError as error:
        raise BadAccountName(name=text) from error
    match kind:
        case "training" | "incentive":
            return _of_enrolment(kind, public_id)
        case "fund":
            from bekal.programmes.queries import wave_by_public_id

            return wave_by_public_id(public_id).fund
        case "provider":
            from bekal.catalogue.queries import provider_by_public_id

            return provider_account(provider_by_public_id(public_id).number)
    raise BadAccountName(name=text)


def wave_named(text: str) -> "Wave":
    """A wave: its public id, or its programme and number as in `prakerja-2021/20`.

    Raises:
        NotFound: there is none, or the text names none.
    """
    from bekal.programmes.queries import wave_by_number, wave_by_public_id

    programme, _slash, number = text.rpartition("/")
    if programme and number.isascii() and number.isdecimal() and len(number) < 10:
        return wave_by_number(programme=programme, number=int(number))
    try:
        return wave_by_public_id(UUID(text))
    except ValueError as error:
        raise NotFound(what=_("wave"), name=text) from error


def _of_enrolment(kind: str, public_id: UUID) -> int:
    from bekal.participants.queries import enrolment_by_public_id

    number = enrolment_by_public_id(public_id).number
    return training_account(number) if kind == "training" else incentive_account(number)
