"""A wave that takes applications, and people who may apply to it."""

from datetime import datetime, timedelta
from typing import Final

from bekal.access.models import Role, User
from bekal.core import clock
from bekal.core.ids import next_ids
from bekal.core.sealing import Place, new_salt
from bekal.messages.contacts import TABLE, contact_key, number_index
from bekal.messages.models import Contact, VerifiedHow
from bekal.participants.models import Participant
from bekal.participants.registration.answers import save_answer
from bekal.participants.services import register_person
from bekal.programmes.definition import load_definition
from bekal.programmes.models import Wave
from tests.builders import PROGRAMME, make_user, make_wave, registration

OPENS_AT: Final = datetime(2021, 2, 23, 12, tzinfo=clock.JAKARTA)
CLOSES_AT: Final = datetime(2021, 2, 26, 12, tzinfo=clock.JAKARTA)
ANNOUNCES_AT: Final = datetime(2021, 3, 1, 9, tzinfo=clock.JAKARTA)
MINUTE: Final = timedelta(minutes=1)


def open_window(*, number: int = 12, places: int = 2) -> Wave:
    """A wave whose people apply from `OPENS_AT` until before `CLOSES_AT`."""
    wave = make_wave(number=number)
    wave.registration_opens_at, wave.registration_closes_at = OPENS_AT, CLOSES_AT
    wave.announces_at, wave.places = ANNOUNCES_AT, places
    wave.save()
    return wave


def verify_phone(user: User, number: str = "+6281234567890") -> None:
    """Give somebody a verified phone, as confirming a code does."""
    (key,) = next_ids(TABLE, count=1)
    contact = Contact(
        pk=key, user=user, key_salt=new_salt(), address_index=number_index(number), language="id", added_at=clock.now()
    )
    contact.address_sealed = contact_key(contact).seal(number, Place(TABLE, "address_sealed", key))
    contact.verified_at, contact.verified_how = clock.now(), VerifiedHow.SMS_CODE
    contact.save(force_insert=True)


def newcomer(*, has_phone: bool = True, has_answered: bool = True, **changes: object) -> Participant:
    """Somebody who registered, with a login and a verified phone, and may apply."""
    person = register_person(registration=registration(**changes))
    person.user = make_user(Role.PARTICIPANT)
    person.save(update_fields=["user"])
    if has_phone:
        verify_phone(person.user)
    if has_answered:
        answer_everything(person)
    return person


def answer_everything(person: Participant, programme: str = PROGRAMME) -> None:
    """Answer what a programme asks before people apply."""
    definition = load_definition(programme)
    for question in definition.application.questions:
        chosen = [question.options[0].code] if question.options else []
        save_answer(participant=person, programme=definition, question=question, options=chosen, text="x")
