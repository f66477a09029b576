"""Recording what was put before whom, and when it came into view."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from bekal.access.models import User
from bekal.core import clock
from bekal.participants.models import Enrolment
from bekal.recommender.dashboard.arms import open_dashboard
from bekal.recommender.dashboard.shelves import Row, shelves_for
from bekal.recommender.models import Impression

MOST_REPORTED: Final = 10
"""A page has three shelves; what reports more at once is no page of ours."""


def show_shelves(*, enrolment: Enrolment, balance_idr: int) -> list[Row]:
    """The shelves of an enrolment whose dashboard is being opened, by its arm; that they are shown is recorded.

    Raises:
        RuntimeError: called within a transaction.
    """
    # Nobody waits for a disk to note what was shown. Should the machine fail within the second, the note is gone, but so is
    # anything that could have followed from it: a purchase is flushed together with all that was committed before it.
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
        arm = open_dashboard(enrolment=enrolment, balance_idr=balance_idr)
        rows = shelves_for(enrolment=enrolment, balance_idr=balance_idr, arm=arm)
        record_impressions(rows)
    return rows


def record_impressions(rows: Sequence[Row]) -> None:
    """Keep what is about to be shown, in one query. What is recorded already stays as it is."""
    Impression.objects.bulk_create([row.impression for row in rows], ignore_conflicts=True)


def mark_rendered(*, user: User, keys: Sequence[UUID]) -> int:
    """Note that these shelves came into view on a page of this participant; return for how many it was the first time.

    Keys of other people's shelves, or of none, change nothing.
    """
    mine = Impression.objects.filter(key__in=keys[:MOST_REPORTED], enrolment__participant__user=user, rendered_at__isnull=True)
    return mine.update(rendered_at=clock.now())
