"""Reading registrations: how far somebody has come, and what they agreed to."""

from collections.abc import Mapping
from typing import Final

from bekal.access.models import User
from bekal.participants.models import Consent, IdentityCheck, Participant

STEPS: Final[dict[str, tuple[str, ...]]] = {
    "numbers": ("nik", "household"),
    "person": ("name", "birth_date", "sex"),
    "background": ("education", "occupation", "province"),
}
"""The pages of a registration in their order, with the fields of each; what is typed is confirmed on a last one."""


def next_step(typed: Mapping[str, str]) -> str | None:
    """The first of `STEPS` of which something is not typed yet; None where everything is."""
    return next((step for step, fields in STEPS.items() if not typed.keys() >= set(fields)), None)


def participant_with_check(user: User) -> tuple[Participant | None, IdentityCheck | None]:
    """The person who logs in as this user and the check of their identity, in one query; None where there is none."""
    person = Participant.objects.filter(user=user).select_related("identity_check").first()
    return person, getattr(person, "identity_check", None)


def consents_of(user: User) -> list[Consent]:
    """What somebody agreed to, the newest first, in one query."""
    return list(Consent.objects.filter(user=user).order_by("-given_at"))
