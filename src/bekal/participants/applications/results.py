"""Looking for a result without logging in, counted, so that nobody finds one by trying out birth dates.

Only what was not found counts, and it is counted before it is looked for: what is tried side by side is counted too. Whoever is
held out because others guessed at their number sees the same after logging in.
"""

from datetime import date, timedelta
from hashlib import sha256
from typing import Final

from django.db import connection, transaction

from bekal.core import clock
from bekal.core.locks import hold
from bekal.core.sealing import blind_index
from bekal.participants.applications.errors import NumberMistyped, TooManyLooks
from bekal.participants.applications.numbers import is_registration_number, plain_number
from bekal.participants.applications.queries import result_of
from bekal.participants.models import Application, ResultTry

A_NUMBER_AN_HOUR: Final = 10
A_NUMBER_A_DAY: Final = 20
"""A birth date is one of some 20,000: at this rate half of them take a year and a half."""
A_NETWORK_AN_HOUR: Final = 60
"""Of one network many people of a carrier look, and mistype."""
A_NETWORK_A_DAY: Final = 500
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_NUMBERS: Final = 0x7201  # advisory locks of numbers
_NETWORKS: Final = 0x7202
_CLEAR_SQL: Final = (
    "DELETE FROM participants_resulttry WHERE id IN"
    " (SELECT id FROM participants_resulttry WHERE at < %s LIMIT 100 FOR UPDATE SKIP LOCKED)"
)


def look_up_result(*, number: str, birth_date: date, network: str) -> Application:
    """The application with this registration number of the person born on this day, with its wave.

    An unknown number and a wrong date are answered alike, after the same statements.

    Args:
        number: as typed.
        network: from which it is asked.

    Raises:
        NumberMistyped: its check digit is wrong, which anybody can compute; not counted.
        TooManyLooks: for the number or from the network; nothing was looked for.
        ResultUnknown: there is none.
    """
    plain = plain_number(number)
    if not is_registration_number(plain):
        raise NumberMistyped
    begun = _begin(index=blind_index(plain, column="result_try"), network=network)
    found = result_of(number=plain, birth_date=birth_date)
    begun.delete()
    return found


@transaction.atomic
def _begin(*, index: bytes, network: str) -> ResultTry:
    now = clock.now()
    hold(_NUMBERS, index)
    hold(_NETWORKS, sha256(network.encode()).digest())
    limits = (
        ({"number_index": index}, A_NUMBER_AN_HOUR, A_NUMBER_A_DAY),
        ({"network": network}, A_NETWORK_AN_HOUR, A_NETWORK_A_DAY),
    )
    for same, an_hour, a_day in limits:
        tried = ResultTry.objects.filter(**same)
        if tried.filter(at__gt=now - _HOUR).count() >= an_hour or tried.filter(at__gt=now - _DAY).count() >= a_day:
            raise TooManyLooks
    with connection.cursor() as cursor:
        cursor.execute(_CLEAR_SQL, [now - _DAY])
    return ResultTry.objects.create(number_index=index, network=network, at=now)
