"""Recording what was put before whom, and when it came into view."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from bekal.access.models import User
from bekal.core import clock
from bekal.recommender.models import Impression
from bekal.recommender.shelves import Row

MOST_REPORTED: Final = 10
"""A page has three shelves; whoever reports more at once is not one of our pages."""


def record_impressions(rows: Sequence[Row]) -> None:
    """Keep what is about to be shown, in one query. What is recorded already stays as it is."""
    Impression.objects.bulk_create([row.impression for row in rows], ignore_conflicts=True)


def mark_rendered(*, user: User, keys: Sequence[UUID]) -> int:
    """Note that these shelves came into view on a page of this participant; return of how many it was the first time.

    Keys of other people's shelves, or of none, change nothing.
    """
    mine = Impression.objects.filter(key__in=keys[:MOST_REPORTED], enrolment__participant__user=user, rendered_at__isnull=True)
    return mine.update(rendered_at=clock.now())
