"""The demo: a synthetic programme in the middle of a wave, with a login for every role."""

from collections.abc import Callable
from datetime import date
from typing import Final

from django.db import transaction

from bekal.access.models import Role
from bekal.access.services import add_user
from bekal.core.services import start_demo_clock
from bekal.participants.models import Enrolment, Participant
from bekal.participants.sealed import name_of
from bekal.recommender.dashboard.arms import assign_by_hand
from bekal.recommender.models import Arm
from bekal.simulation.programme import build_programme
from bekal.simulation.wave import Office

DEMO_PASSWORD: Final = "bekal-demo"  # noqa: S105
DEMO_TOTP_SECRET: Final = "BEKALDEMOBEKALDEMOBEKALDEMOBEKAL"  # noqa: S105
DEMO_DAY: Final = date(2021, 11, 22)
_SEED: Final = 2021

PARTICIPANT_EMAIL: Final = "sari@demo.bekal"
PROVIDER_EMAIL: Final = "provider@demo.bekal"
OFFICER_EMAILS: Final[dict[Role, str]] = {
    Role.OPERATOR: "operator@demo.bekal",
    Role.APPROVER: "approver@demo.bekal",
    Role.AUDITOR: "auditor@demo.bekal",
}


def is_built() -> bool:
    """Whether the demo is there: it is built as a whole or not at all."""
    return Participant.objects.exists()


@transaction.atomic
def build_demo(*, participants: int, progress: Callable[[int], None]) -> Enrolment:
    """Build the demo in one transaction, so that a killed build leaves an empty database; return Sari's enrolment.

    Everybody's arm is drawn as in a real programme, but Sari's: whatever chance would give her, she is to see a bundle.

    Args:
        participants: how many people the wave has, Sari included.
        progress: told how many more people are done.
    """
    start_demo_clock(day=DEMO_DAY)
    officers = {
        role: add_user(email=email, password=DEMO_PASSWORD, name=f"{role.label} (demo)", role=role, totp_secret=DEMO_TOTP_SECRET)
        for role, email in OFFICER_EMAILS.items()
    }
    built = build_programme(
        participants=participants,
        seed=_SEED,
        day=DEMO_DAY,
        office=Office(operator=officers[Role.OPERATOR], approver=officers[Role.APPROVER]),
        progress=progress,
    )
    person = built.sari.participant
    person.user = add_user(email=PARTICIPANT_EMAIL, password=DEMO_PASSWORD, name=name_of(person), role=Role.PARTICIPANT)
    person.save(update_fields=["user"])
    assign_by_hand(enrolment=built.sari, arm=Arm.BUNDLE)
    add_user(email=PROVIDER_EMAIL, password=DEMO_PASSWORD, name=built.provider.name, role=Role.PROVIDER)
    return built.sari
