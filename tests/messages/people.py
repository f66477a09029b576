"""People who can be told something, and what they were told."""

from uuid import UUID

from django.utils.translation import override

from bekal.access.models import Role, User
from bekal.messages.channels.in_app.queries import inbox_page
from bekal.messages.models import Message
from bekal.participants.models import Enrolment, Participant
from bekal.participants.sealed import name_of, nik_of
from tests.builders import make_user


def give_login(enrolment: Enrolment) -> User:
    """Let the person of an enrolment log in."""
    user = make_user(Role.PARTICIPANT)
    Participant.objects.filter(pk=enrolment.participant_id).update(user=user)
    return user


def told(user: User) -> list[str]:
    """What a person reads in English, newest first."""
    with override("en"):
        return [entry.words.text for entry in inbox_page(user=user, page=1).entries]


def told_of(user: User) -> list[UUID]:
    """What a person's messages are about, oldest first."""
    return list(Message.objects.filter(recipient=user).order_by("id").values_list("about", flat=True))


def assert_nothing_personal(*enrolments: Enrolment, secrets: tuple[str, ...] = ()) -> None:
    """No stored message holds who somebody is: neither a name nor an identity number, nor one of these texts."""
    stored = " ".join(str(list(row)) for row in Message.objects.values_list("template", "parameters"))
    for person in Participant.objects.filter(enrolments__in=enrolments):
        for secret in (name_of(person), nik_of(person), *secrets):
            assert secret not in stored
