"""By what somebody who logs in is known: an e-mail address, or a telephone number.

A number is not kept in clear: the user's row has its keyed index, the same that `messages` finds contacts by.
"""

from django.db import IntegrityError, transaction

from bekal.access.models import User
from bekal.core.phones import e164
from bekal.core.sealing import blind_index


def phone_index(number: str) -> bytes:
    """The blind index of a telephone number in E.164."""
    return blind_index(number, column="phone")


def login_name(typed: str) -> str:
    """What somebody typed as one spelling: E.164 for a telephone number, small letters for anything else."""
    return e164(typed) or typed.strip().lower()


def user_by_login(name: str) -> User | None:
    """The user who is known by a name as `login_name` makes it, who may be switched off; in one query, found or not."""
    if name.startswith("+"):
        return User.objects.filter(phone_index=phone_index(name)).first()
    return User.objects.filter(email=name).first()


def know_by_phone(*, user: User, number: str) -> bool:
    """Have a user log in with this number from now on, unless another one does; in the caller's transaction.

    Args:
        number: in E.164, and shown to be the user's.

    Returns:
        Whether the user is known by it now.
    """
    index = phone_index(number)
    former, user.phone_index = user.phone_index, index
    try:
        with transaction.atomic():
            user.save(update_fields=["phone_index"])
    except IntegrityError:
        user.phone_index = former
        return False
    return True
