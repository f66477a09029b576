"""Whether a password is right, counted."""

from django.contrib.auth.hashers import make_password

from bekal.access.logins import login_name, user_by_login
from bekal.access.models import User
from bekal.access.services import record_act
from bekal.access.tries import Guessed, Origin, begin_try, take_back


def user_with_password(*, name: str, password: str, origin: Origin) -> User | None:
    """The user with this name and this password, who may be switched off; None where they do not belong together.

    Tries are counted for the user, whether the number or the address was typed and in whatever spelling. A name that nobody has
    takes as long and is counted alike.

    Args:
        name: an e-mail address or a telephone number, as typed.

    Raises:
        TooManyTries: the password was not looked at.
    """
    known_by = login_name(name)
    user = user_by_login(known_by)
    if user is not None:
        return user if is_password_of(user=user, password=password, origin=origin) else None
    begin_try(account=known_by, guessed=Guessed.PASSWORD, origin=origin)
    make_password(password)
    return None


def is_password_of(*, user: User, password: str, origin: Origin) -> bool:
    """Whether this is somebody's password.

    Raises:
        TooManyTries: the password was not looked at.
    """
    begun = begin_try(account=user, guessed=Guessed.PASSWORD, origin=origin)
    if user.check_password(password):
        take_back(begun=begun)
        return True
    record_act(actor=None, verb="login.fail", subject=f"user:{user.public_id}", tried="password", network=origin.network)
    return False
