"""Opening waves."""

from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from bekal.access.models import User
from bekal.access.services import record_act
from bekal.core.errors import Refused
from bekal.ledger.services import fund_wave, open_fund
from bekal.programmes.definition import load_definition
from bekal.programmes.models import Wave


class WaveExists(Refused):
    """The programme has a wave of this number."""

    code = "wave_exists"
    message = _("{programme} already has a wave {number}.")


@transaction.atomic
def open_wave(*, programme: str, number: int, accepted_on: date, actor: User | None = None) -> Wave:
    """Open a wave with an empty fund; its calendar follows from the programme's definition and the day of acceptance.

    Raises:
        UnknownProgramme: no such definition.
        OutsideProgramme: the programme accepts nobody on that day.
        WaveExists: the number is taken.
    """
    definition = load_definition(programme)
    wave = Wave(
        programme=programme,
        number=number,
        fund=open_fund(),
        accepted_on=accepted_on,
        first_purchase_by=definition.first_purchase_last_day(accepted_on),
        spend_by=definition.last_day_to_spend(accepted_on),
    )
    try:
        with transaction.atomic():
            wave.save()
    except IntegrityError as error:
        raise WaveExists(programme=programme, number=number) from error
    record_act(actor=actor, verb="wave.open", subject=f"wave:{wave.public_id}", programme=programme, number=number)
    return wave


@transaction.atomic
def fund_places(*, wave: Wave, places: int, reference: str, actor: User | None = None) -> None:
    """Move what `places` people are promised from the treasury into the wave's fund; the same `reference` funds once.

    Raises:
        KeyConflict: the reference was used for another amount.
    """
    amount_idr = load_definition(wave.programme).total_idr * places
    if not fund_wave(fund=wave.fund, amount_idr=amount_idr, reference=reference).replayed:
        record_act(actor=actor, verb="wave.fund", subject=f"wave:{wave.public_id}", amount_idr=amount_idr, reference=reference)
