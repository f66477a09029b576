"""Writing the log of acts, and who may propose and approve."""

from allauth.mfa.totp.internal.auth import TOTP
from django.db import transaction

from bekal.access.errors import RoleMissing, SamePerson
from bekal.access.models import Act, Role, User
from bekal.core import clock


def record_act(*, actor: User | None, verb: str, subject: str, **details: str | int | None) -> Act:
    """Append one line to the log of acts, in the caller's transaction.

    Args:
        actor: who did it; None for what the machine does by itself.
        verb: what was done, as `room.deed`.
        subject: what it was done to, as `kind:public id`.
        details: what a reader needs to understand it; never an identity number.
    """
    return Act.objects.create(at=clock.now(), actor=actor, verb=verb, subject=subject, details=details)


def require_role(*, user: User, role: Role) -> None:
    """Raises RoleMissing unless the active user holds the role."""
    if not user.is_active or user.role != role:
        raise RoleMissing(role=Role(role).label)


def require_second_person(*, approver: User, proposer: User) -> None:
    """Money leaves only after a second person, who holds the approver's role, agrees.

    Raises:
        RoleMissing: not an approver.
        SamePerson: the approver proposed it.
    """
    if approver.pk == proposer.pk:
        raise SamePerson
    require_role(user=approver, role=Role.APPROVER)


@transaction.atomic
def add_user(*, email: str, password: str, name: str, role: Role, totp_secret: str | None = None) -> User:
    """Give someone a login.

    Args:
        totp_secret: the base32 secret of an authenticator app, which an officer needs to come in.
    """
    user = User.objects.create_user(email=email, password=password, name=name, role=role)
    if totp_secret is not None:
        TOTP.activate(user, totp_secret)
    record_act(actor=None, verb="user.add", subject=f"user:{user.public_id}", role=role)
    return user
