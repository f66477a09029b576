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
from bekal.simulation.demo_people import OTHERS, add_demo_people
from bekal.simulation.demo_waves import add_drawn_wave, add_open_wave
from bekal.simulation.openings import open_dashboards
from bekal.simulation.programme import build_programme
from bekal.simulation.wave import Office

DEMO_PASSWORD: Final = "bekal-demo"  # noqa: S105
DEMO_TOTP_SECRET: Final = "BEKALDEMOBEKALDEMOBEKALDEMOBEKAL"  # noqa: S105
DEMO_DAY: Final = date(2021, 11, 22)
_SEED: Final = 2021

PARTICIPANT_EMAIL: Final = "sari@demo.bekal"
UNTOUCHED_EMAIL: Final = "dewi@demo.bekal"
ALMOST_SPENT_EMAIL: Final = "budi@demo.bekal"
REVOKED_EMAIL: Final = "rina@demo.bekal"
WAITING_EMAIL: Final = "joko@demo.bekal"
PROVIDER_EMAIL: Final = "provider@demo.bekal"
OFFICER_EMAILS: Final[dict[Role, str]] = {
    Role.OPERATOR: "operator@demo.bekal",
    Role.APPROVER: "approver@demo.bekal",
    Role.AUDITOR: "auditor@demo.bekal",
}

LOGINS: Final[dict[str, str]] = {
    PARTICIPANT_EMAIL: "Rp300.000 left, to be spent by 15 December 2021",
    UNTOUCHED_EMAIL: "Rp1.000.000 untouched, the first purchase due by 7 December 2021",
    ALMOST_SPENT_EMAIL: "Rp40.000 left",
    REVOKED_EMAIL: "revoked: bought nothing in time",
    WAITING_EMAIL: "finished a training; the incentive waits for the rating",
    PROVIDER_EMAIL: "a training provider",
    OFFICER_EMAILS[Role.OPERATOR]: "proposes runs",
    OFFICER_EMAILS[Role.APPROVER]: "approves them",
    OFFICER_EMAILS[Role.AUDITOR]: "sees everything and changes nothing",
}
"""Everybody who can log in, and what each is there to show."""


def is_built() -> bool:
    """Whether the demo is there: it is built as a whole or not at all."""
    return Participant.objects.exists()


@transaction.atomic
def build_demo(*, participants: int, progress: Callable[[int], None]) -> Enrolment:
    """Build the demo in one transaction, so that a killed build leaves an empty database; return Sari's enrolment.

    Everybody's arm is drawn as in a real programme, but theirs who can log in: whatever chance would give them, they are to see a
    bundle, and they are left out of every comparison.

    Args:
        participants: how many people were accepted, those who can log in included; at least ten. Who applied to the next waves
            comes on top.
        progress: told how many more people are done.
    """
    start_demo_clock(day=DEMO_DAY)
    officers = {
        role: add_user(email=email, password=DEMO_PASSWORD, name=f"{role.label} (demo)", role=role, totp_secret=DEMO_TOTP_SECRET)
        for role, email in OFFICER_EMAILS.items()
    }
    office = Office(operator=officers[Role.OPERATOR], approver=officers[Role.APPROVER])
    built = build_programme(participants=participants - OTHERS, seed=_SEED, day=DEMO_DAY, office=office, progress=progress)
    others = add_demo_people(wave=built.wave, day=DEMO_DAY, office=office)
    progress(OTHERS)
    for email, enrolment in (
        (PARTICIPANT_EMAIL, built.sari),
        (UNTOUCHED_EMAIL, others.untouched),
        (ALMOST_SPENT_EMAIL, others.almost_spent),
        (REVOKED_EMAIL, others.revoked),
        (WAITING_EMAIL, others.waiting),
    ):
        _give_login(enrolment, email)
        assign_by_hand(enrolment=enrolment, arm=Arm.BUNDLE)
    open_dashboards(wave=built.wave, seed=_SEED)
    add_drawn_wave(day=DEMO_DAY, office=office)
    add_open_wave(day=DEMO_DAY, office=office)
    add_user(email=PROVIDER_EMAIL, password=DEMO_PASSWORD, name=built.provider.name, role=Role.PROVIDER)
    return built.sari


def _give_login(enrolment: Enrolment, email: str) -> None:
    person = enrolment.participant
    person.user = add_user(email=email, password=DEMO_PASSWORD, name=name_of(person), role=Role.PARTICIPANT)
    person.save(update_fields=["user"])
