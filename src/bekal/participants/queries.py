"""Reading enrolments, and registrations that are to be verified."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from bekal.access.models import User
from bekal.core.errors import NotFound
from bekal.participants.models import Enrolment, IdentityCheck, IdentityState


def current_enrolment(user: User) -> Enrolment | None:
    """The newest enrolment of the participant who logs in as this user, with its wave and person; None without one."""
    return (
        Enrolment.objects.filter(participant__user=user)
        .select_related("wave", "participant")
        .order_by("-wave__accepted_on", "-id")
        .first()
    )


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
