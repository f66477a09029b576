"""Reading enrolments."""

from bekal.access.models import User
from bekal.participants.models import Enrolment


def current_enrolment(user: User) -> Enrolment | None:
    """The newest enrolment of the participant who logs in as this user, with its wave and person; None without one."""
    return (
        Enrolment.objects.filter(participant__user=user)
        .select_related("wave", "participant")
        .order_by("-wave__accepted_on", "-id")
        .first()
    )
