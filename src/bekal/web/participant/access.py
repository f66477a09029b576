"""Who may see a participant's pages, and what a confirmation needs to be one."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from bekal.access.models import Role, User
from bekal.access.services import require_role
from bekal.core.errors import Invalid
from bekal.purchases.errors import NotGranted
from bekal.web.standing import Standing, standing_of


class ConfirmationIncomplete(Invalid):
    """The confirmation lacks its key or a price, or holds nonsense."""

    code = "confirmation_incomplete"
    message = _("This confirmation was incomplete. Please look at it and confirm again; your balance was not charged.")


def participant_of(request: HttpRequest) -> User:
    """The participant who asks.

    Raises:
        Forbidden: somebody else asks.
    """
    user = request.user
    if not isinstance(user, User):
        raise TypeError("the page needs a login")
    require_role(user=user, role=Role.PARTICIPANT)
    return user


def require_standing(user: User) -> Standing:
    """The standing of a participant.

    Raises:
        NotGranted: there is no enrolment.
    """
    standing = standing_of(user)
    if standing is None:
        raise NotGranted
    return standing
