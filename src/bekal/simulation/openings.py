"""Synthetic openings of the dashboard: who looked at it before buying, so that the arms of the experiment have people in them.

What people buy does not hang on their arm here: whoever compares the arms of a demo finds no difference but chance.
"""

from datetime import datetime, time
from typing import Final

import numpy as np

from bekal.core import clock
from bekal.participants.models import Enrolment
from bekal.programmes.definition import load_definition
from bekal.programmes.models import Wave
from bekal.recommender.dashboard.arms import record_openings
from bekal.simulation.seeds import stream

_OPENING_SHARE: Final = 0.6  # assumption: most people look before they buy
_HOUR: Final = time(12)


def open_dashboards(*, wave: Wave, seed: int) -> None:
    """Let so many people of a wave open their dashboard at noon of the day they were granted, with all of it to spend.

    Whoever has an arm already is passed over.
    """
    enrolments = list(Enrolment.objects.filter(wave=wave).order_by("number").only("public_id"))
    opens = stream(seed, "openings").random(len(enrolments)) < _OPENING_SHARE
    with clock.at(datetime.combine(wave.accepted_on, _HOUR, clock.JAKARTA)):
        record_openings(
            enrolments=[enrolments[place] for place in np.flatnonzero(opens)],
            balance_idr=load_definition(wave.programme).training.amount_idr,
        )
