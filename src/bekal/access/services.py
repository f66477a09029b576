"""Writing the log of acts; who may propose and approve, and how."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.db import transaction

from bekal.access.errors import RoleMissing, SamePerson
from bekal.access.models import Act, Proposal, ProposalState, Role, User
from bekal.core import clock
from bekal.core.names import clean_name

_P = TypeVar("_P", bound=Proposal)


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


def name_user(*, user: User, name: str) -> None:
    """Call somebody who can log in by this name from now on."""
    user.name = clean_name(name)
    user.save(update_fields=["name"])


@transaction.atomic
def erase_login(*, user: User) -> None:
    """Forget name, e-mail address and number of somebody who can log in, and let nobody in with them. The row and its acts stay.

    Open sessions end, as they are bound to the password.
    """
    user.email = f"{user.public_id}@erased.invalid"
    user.phone_index = None
    user.name = ""
    user.is_active = False
    user.set_unusable_password()
    user.save(update_fields=["email", "phone_index", "name", "is_active", "password"])
    Authenticator.objects.filter(user=user).delete()
    EmailAddress.objects.filter(user=user).delete()


@contextmanager
def proposing(*, proposal: _P, proposer: User) -> Iterator[_P]:
    """Store a proposal; the block freezes what is proposed, in one transaction, and changes the row in memory alone.

    Args:
        proposal: a new row, not saved yet.

    Raises:
        RoleMissing: the proposer is not an operator.
    """
    require_role(user=proposer, role=Role.OPERATOR)
    with transaction.atomic():
        proposal.proposed_by = proposer
        proposal.proposed_at = clock.now()
        proposal.save(force_insert=True)
        yield proposal
        proposal.save()
        record_deed(proposal=proposal, actor=proposer, deed="propose")


@contextmanager
def approving(*, proposal: _P, approver: User) -> Iterator[_P]:
    """Approve a proposal: the block does what the approval sets off, in one transaction and under the lock of the row.

    Yields the row as it is stored, still proposed. What the block changes of it is saved with the approval.

    Raises:
        RoleMissing, SamePerson: not a second person with the approver's role.
        ProposalStateWrong: it is no longer just proposed.
        NotFound: there is no such row.
    """
    with transaction.atomic():
        found = lock_proposal(proposal=proposal)
        require_second_person(approver=approver, proposer=found.proposed_by)
        require_state(proposal=found, state=ProposalState.PROPOSED)
        yield found
        found.state = ProposalState.APPROVED
        found.approved_by = approver
        found.approved_at = clock.now()
        found.save()
        record_deed(proposal=found, actor=approver, deed="approve")


@transaction.atomic
def cancel(*, proposal: _P, actor: User) -> _P:
    """Drop what nobody has approved yet.

    Raises:
        RoleMissing: the actor is neither the proposer nor an approver.
        ProposalStateWrong: it was approved or cancelled already.
        NotFound: there is no such row.
    """
    found = lock_proposal(proposal=proposal)
    if actor.pk != found.proposed_by.pk:
        require_role(user=actor, role=Role.APPROVER)
    require_state(proposal=found, state=ProposalState.PROPOSED)
    found.state = ProposalState.CANCELLED
    found.save()
    record_deed(proposal=found, actor=actor, deed="cancel")
    return found


def lock_proposal(*, proposal: _P) -> _P:
    """The row as it is stored, with its proposer, locked until the caller's transaction ends.

    Raises:
        NotFound: there is no such row.
    """
    rows = type(proposal)._default_manager.select_for_update(of=("self",)).select_related("proposed_by")
    found = rows.filter(pk=proposal.pk).first()
    if found is None:
        raise proposal.unknown()
    return found


def require_state(*, proposal: Proposal, state: str) -> None:
    """Raises ProposalStateWrong, or what the model has in its place, unless the proposal is in this state."""
    if proposal.state != state:
        raise proposal.wrong_state()


def record_deed(*, proposal: Proposal, actor: User | None, deed: str) -> None:
    """Append what was done to a proposal to the log of acts, as `<model>.<deed>`."""
    name = proposal._meta.model_name
    record_act(actor=actor, verb=f"{name}.{deed}", subject=f"{name}:{proposal.public_id}", **proposal.act_details())
