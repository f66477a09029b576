"""Phones: sealed, found by an index, forgotten with their person."""

import pytest
from django.db import IntegrityError, transaction

from bekal.access.models import Role
from bekal.core.rotation import rotate_keys
from bekal.core.sealing import UnreadableValue, version_of
from bekal.messages.channels.sms.standin import StandIn
from bekal.messages.codes import confirm_code, request_code
from bekal.messages.contacts import choose_topics, forget_contacts, number_index, number_of, wanted_topics
from bekal.messages.models import Channel, CodeRequest, Contact, OneTimeCode, Refusal
from bekal.messages.topics import OPTIONAL, REQUIRED, Topic
from tests.builders import make_user
from tests.messages.phones import NUMBER, ORIGIN, code_sent_to, send, with_phone


@pytest.mark.django_db
def test_a_number_is_sealed_for_its_row_and_found_by_its_index(gateway: StandIn) -> None:
    mine, other = (Contact.objects.get(user=with_phone(gateway, number)) for number in (NUMBER, "+6281299998888"))
    assert NUMBER.encode() not in bytes(mine.address_sealed)
    assert list(Contact.objects.filter(address_index=number_index(NUMBER))) == [mine]
    assert number_of(mine) == NUMBER
    other.address_sealed = mine.address_sealed
    with pytest.raises(UnreadableValue):
        number_of(other)


@pytest.mark.django_db
def test_everything_of_a_person_is_forgotten_and_nothing_of_others(gateway: StandIn) -> None:
    sari, dewi = with_phone(gateway), with_phone(gateway, "+6281299998888")
    for user in (sari, dewi):
        choose_topics(user=user, wanted=[])
        request_code(user=user, number=f"08121111{user.pk:04}", origin=ORIGIN)
    forget_contacts(user=sari)
    for model in (Contact, CodeRequest, Refusal):
        assert set(model.objects.values_list("user", flat=True)) == {dewi.pk}
    assert OneTimeCode.objects.filter(contact__user=dewi).count() == OneTimeCode.objects.count() == 2


@pytest.mark.django_db
def test_a_topic_that_must_be_told_cannot_be_refused_by_any_way() -> None:
    user = make_user(Role.PARTICIPANT)
    choose_topics(user=user, wanted=[])
    assert wanted_topics(user) == REQUIRED
    assert set(Topic) == REQUIRED | set(OPTIONAL)
    for topic in REQUIRED:
        with pytest.raises(IntegrityError), transaction.atomic():
            Refusal.objects.create(user=user, channel=Channel.SMS, topic=topic)


@pytest.mark.usefixtures("committed_database")
def test_a_rotation_seals_numbers_and_codes_anew(gateway: StandIn) -> None:
    sari = with_phone(gateway)
    request_code(user=sari, number="081311112222", origin=ORIGIN)
    assert rotate_keys().values == 3
    assert {version_of(bytes(contact.address_sealed)) for contact in Contact.objects.all()} == {2}
    send()
    confirm_code(user=sari, code=code_sent_to(gateway, "+6281311112222"))
