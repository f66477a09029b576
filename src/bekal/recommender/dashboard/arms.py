"""Which arm of the experiment a participant is in: drawn once for each person and wave, and kept."""

from collections.abc import Sequence
from typing import Final

from django.conf import settings
from django.utils.crypto import salted_hmac

from bekal.core import clock
from bekal.participants.models import Enrolment
from bekal.recommender.models import Arm, Assignment

SHARES: Final[dict[Arm, int]] = {Arm.POPULARITY: 1, Arm.PERSONAL: 1, Arm.BUNDLE: 1}
"""How many parts of all people each arm gets. Equal ones find a difference with the fewest people. Fixed while a wave is open."""
_BATCH_ROWS: Final = 5_000


def drawn_arm(enrolment: Enrolment) -> Arm:
    """The arm that chance gives an enrolment: always the same one, and not to be guessed without the installation's secret."""
    digest = keyed_digest("arm", enrolment.public_id.hex)
    place = int.from_bytes(digest[:8], "big") * sum(SHARES.values()) >> 64
    for arm, share in SHARES.items():
        place -= share
        if place < 0:
            return arm
    raise AssertionError("the shares do not cover all places")


def keyed_digest(purpose: str, value: str) -> bytes:
    """32 bytes that follow from a value, and that nobody can predict without the secret of the installation."""
    return salted_hmac(f"bekal.recommender.{purpose}", value, secret=settings.BEKAL_IDENTITY_SECRET, algorithm="sha256").digest()


def open_dashboard(*, enrolment: Enrolment, balance_idr: int) -> Arm:
    """The arm of an enrolment whose dashboard is being shown; the first time is recorded, with the balance of that moment.

    From then on the person counts in that arm, whatever is seen or done (intention to treat). One query, two the first time.
    """
    opened = {"opened_at": clock.now(), "opened_balance_idr": balance_idr}
    assignment, is_new = Assignment.objects.get_or_create(
        enrolment_id=enrolment.pk, defaults={"arm": drawn_arm(enrolment), **opened}
    )
    # Set by hand, and not opened since.
    if not is_new and assignment.opened_at is None:
        Assignment.objects.filter(pk=enrolment.pk, opened_at__isnull=True).update(**opened)
    return Arm(assignment.arm)


def record_openings(*, enrolments: Sequence[Enrolment], balance_idr: int) -> None:
    """Record that many opened their dashboards now, for the first time and with the same balance: each in the arm it draws.

    Whoever has an arm already keeps it, and is not counted as having opened. For simulations.
    """
    opened_at = clock.now()
    rows = [
        Assignment(enrolment=enrolment, arm=drawn_arm(enrolment), opened_at=opened_at, opened_balance_idr=balance_idr)
        for enrolment in enrolments
    ]
    Assignment.objects.bulk_create(rows, ignore_conflicts=True, batch_size=_BATCH_ROWS)


def assign_by_hand(*, enrolment: Enrolment, arm: Arm) -> None:
    """Put an enrolment into an arm instead of drawing one; it is left out of every analysis.

    For the people of the demonstration, who are to see what the demonstration shows.
    """
    Assignment.objects.update_or_create(enrolment=enrolment, defaults={"arm": arm, "is_drawn": False})
