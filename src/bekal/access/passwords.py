"""Whether a password is right, counted."""

from django.contrib.auth.hashers import make_password

from bekal.access.models import User
from bekal.access.services import record_act
from bekal.access.tries import Guessed, Origin, begin_try, take_back


def user_with_password(*, email: str, password: str, origin: Origin) -> User | None:
    """The user with this address and this password, who may be switched off; None where they do not belong together.

    An address is found as it is kept, in small letters, and in no other spelling, which would have a count of its own. One that
    nobody has takes as long and is counted alike.

    Raises:
        TooManyTries: the password was not looked at.
    """
    email = email.strip().lower()
    begun = begin_try(email=email, guessed=Guessed.PASSWORD, origin=origin)
    user = User.objects.filter(email=email).first()
    if user is None:
        make_password(password)
        return None
    if user.check_password(password):
        take_back(begun=begun)
        return user
    record_act(actor=None, verb="login.fail", subject=f"user:{user.public_id}", tried="password", network=origin.network)
    return None
