"""Finding people who can log in."""

from django.utils.translation import gettext as _

from bekal.access.models import User
from bekal.core.errors import NotFound


def user_by_email(email: str) -> User:
    """The user who logs in with this address.

    Raises:
        NotFound: nobody does.
    """
    found = User.objects.filter(email=email.lower()).first()
    if found is None:
        raise NotFound(what=_("user"), name=email)
    return found
