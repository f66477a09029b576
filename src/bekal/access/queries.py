"""Finding people who can log in, and what was done."""

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from bekal.access.models import Act, Role, User
from bekal.core.errors import NotFound

_ACTS_A_PAGE: Final = 20
_LOGINS: Final = "login."


@dataclass(frozen=True, slots=True)
class ActsPage:
    """A page of the log of acts, newest first. `older` is what to ask the next page with; None on the last one."""

    acts: list[Act]
    older: int | None


def acts_page(*, of_logins: bool, before: int | None = None) -> ActsPage:
    """Logins and their failures, or everything else, in one query that takes as long however long the log is.

    Args:
        before: only acts with a smaller id.
    """
    acts = Act.objects.select_related("actor").order_by("-id")
    acts = acts.filter(verb__startswith=_LOGINS) if of_logins else acts.exclude(verb__startswith=_LOGINS)
    if before is not None:
        acts = acts.filter(id__lt=before)
    found = list(acts[: _ACTS_A_PAGE + 1])
    return ActsPage(acts=found[:_ACTS_A_PAGE], older=found[_ACTS_A_PAGE - 1].pk if len(found) > _ACTS_A_PAGE else None)


def is_held(role: Role) -> bool:
    """Whether anybody active holds a role."""
    return User.objects.filter(role=role, is_active=True).exists()


def user_by_email(email: str) -> User:
    """The user who logs in with this address.

    Raises:
        NotFound: nobody does.
    """
    found = User.objects.filter(email=email.lower()).first()
    if found is None:
        raise NotFound(what=_("user"), name=email)
    return found
