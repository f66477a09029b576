"""Reading people, enrolments, and registrations that are to be verified."""

from datetime import date
from uuid import UUID

from django.db.models import Count, Min
from django.utils.translation import gettext_lazy as _

from bekal.access.models import User
from bekal.core.errors import NotFound
from bekal.participants.models import Enrolment, EnrolmentStatus, IdentityCheck, IdentityState, Introduction, Participant
from bekal.participants.sealed import birth_date_index, nik_index
from bekal.programmes.models import Wave


def current_enrolment(user: User) -> Enrolment | None:
    """The newest enrolment of the participant who logs in as this user, with its wave and person; None without one."""
    return (
        Enrolment.objects.filter(participant__user=user)
        .select_related("wave", "participant", "introduction")
        .order_by("-wave__accepted_on", "-id")
        .first()
    )


def was_enrolled(user: User) -> bool:
    """Whether the participant who logs in as this user takes part in a wave, or did."""
    return Enrolment.objects.filter(participant__user=user).exists()


def first_last_day(wave: Wave) -> date | None:
    """The first day that is somebody's last one for the first purchase, of those who have a balance; None without any."""
    granted = Enrolment.objects.filter(wave=wave, status=EnrolmentStatus.GRANTED)
    found: date | None = granted.aggregate(Min("first_purchase_by"))["first_purchase_by__min"]
    return found


def introduced(wave: Wave) -> tuple[int, int]:
    """How many of a wave acknowledged what their balance is, and how many were to read it, in one query."""
    found = Introduction.objects.filter(enrolment__wave=wave).aggregate(read=Count("acknowledged_at"), all=Count("pk"))
    return found["read"], found["all"]


def to_be_verified() -> list[IdentityCheck]:
    """The registrations that wait for a decision, the oldest first, with their people."""
    waiting = IdentityCheck.objects.filter(state=IdentityState.TO_BE_VERIFIED)
    return list(waiting.select_related("participant").order_by("opened_at", "participant_id"))


def enrolment_by_public_id(public_id: UUID) -> Enrolment:
    """One enrolment.

    Raises:
        NotFound: no enrolment has this id.
    """
    found = Enrolment.objects.filter(public_id=public_id).first()
    if found is None:
        raise NotFound(what=_("enrolment"), name=public_id)
    return found


def participant_by_public_id(public_id: UUID) -> Participant:
    """One person.

    Raises:
        NotFound: nobody has this id.
    """
    found = Participant.objects.filter(public_id=public_id).first()
    if found is None:
        raise NotFound(what=_("participant"), name=public_id)
    return found


def participant_by_nik(digits: str) -> Participant:
    """The person with this NIK of 16 digits, erased or not.

    Raises:
        NotFound: nobody is registered with it; the message does not repeat it.
    """
    found = Participant.objects.filter(nik_index=nik_index(digits)).first()
    if found is None:
        raise NotFound(what=_("participant"), name="NIK")
    return found


def born_on(birth_date: date) -> list[Participant]:
    """Everybody who was born on a day, in the order of registration; nobody's birth date is opened."""
    return list(Participant.objects.filter(birth_date_index=birth_date_index(birth_date)).order_by("id"))
