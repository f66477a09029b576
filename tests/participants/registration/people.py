"""Newcomers on their way to being registered."""

from typing import Final
from uuid import UUID

from bekal.access.logins import phone_index
from bekal.access.models import Role, User
from bekal.messages.channels.sms.standin import StandIn
from bekal.messages.newcomers import confirm_newcomer_code, request_newcomer_code
from bekal.participants.models import Participant
from bekal.participants.registration.services import CONSENT_VERSION, complete_registration, save_step
from tests.messages.phones import NUMBER, ORIGIN, code_sent_to, send

PASSWORD: Final = "rahasia-sari-95"
NIK: Final = "3273015708950001"
"""Of a woman who was born on 17 August 1995."""
ANSWERS: Final = {
    "nik": NIK,
    "household": "3273010101010001",
    "name": "Sari Ma'rufah",
    "birth_date": "1995-08-17",
    "sex": "F",
    "education": "upper_secondary",
    "occupation": "jobseeker",
    "province": "33",
}


def new_user(number: str = NUMBER) -> User:
    """Somebody with an account and nothing else."""
    return User.objects.create_user(email=None, phone_index=phone_index(number), password=None, name="", role=Role.PARTICIPANT)


def registered(user: User, **changes: str) -> Participant:
    """Somebody who typed everything and agreed."""
    save_step(user=user, answers=ANSWERS | changes)
    return complete_registration(user=user, consent_version=CONSENT_VERSION)


def verified_visitor(gateway: StandIn, number: str = NUMBER) -> UUID:
    """A visitor who typed the code that came to their phone."""
    visitor = request_newcomer_code(number=number, network=ORIGIN.network)
    send()
    confirm_newcomer_code(visitor=visitor, code=code_sent_to(gateway, number))
    return visitor
