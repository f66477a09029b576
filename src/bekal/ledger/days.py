"""Whether a posting day is still open."""

from datetime import date

from django.db import connection

from bekal.ledger.errors import DayClosed


def require_open(day: date) -> None:
    """Refuse a posting day that was closed. The caller's transaction must hold a row lock that it will post or approve under.

    Raises:
        DayClosed: the day was closed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_day_is_closed(%s)", [day])
        (is_closed,) = cursor.fetchone()
    if is_closed:
        raise DayClosed(day=day)
