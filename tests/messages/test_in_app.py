"""A person's messages in the application: which there are, which are unread, and that they are nobody else's."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries

from bekal.access.models import Role, User
from bekal.core import clock
from bekal.messages.channels.in_app.models import Reading
from bekal.messages.channels.in_app.queries import PAGE_MESSAGES, inbox_page, unread_count
from bekal.messages.channels.in_app.services import mark_read
from bekal.messages.models import Message
from bekal.messages.services import write
from tests.builders import make_user, on
from tests.messages.test_writing import DAY, VALUES

pytestmark = pytest.mark.django_db


@pytest.fixture
def sari(db: None) -> User:
    return make_user(Role.PARTICIPANT)


@pytest.fixture
def dewi(db: None) -> User:
    return make_user(Role.PARTICIPANT)


def tell(person: User, title: str = "Kue basah") -> Message:
    return write(recipient=person, template="tests.owed", about=uuid4(), **{**VALUES, "title": title})


def titles(person: User, page: int = 1) -> list[str]:
    with override("en"):
        return [entry.words.title for entry in inbox_page(user=person, page=page).entries]


class TestInbox:
    def test_without_messages_is_one_empty_page(self, sari: User) -> None:
        inbox = inbox_page(user=sari, page=1)
        assert (inbox.entries, inbox.page, inbox.pages, inbox.unread, unread_count(sari)) == ([], 1, 1, [], 0)

    def test_is_newest_first_in_the_readers_language(self, sari: User) -> None:
        with on(DAY):
            messages = [tell(sari, title) for title in ("Kopi", "Kue")]
            moment = clock.now()
        with override("id"):
            entries = inbox_page(user=sari, page=1).entries
        assert [entry.public_id for entry in entries] == [message.public_id for message in reversed(messages)]
        assert [entry.words.title for entry in entries] == ["About Kue", "About Kopi"]
        assert entries[0].words.text == "Rp300.000 is owed for “Kue” until 15 Juni 2021."
        assert [(entry.written_at, entry.is_unread) for entry in entries] == [(moment, True)] * 2

    def test_comes_in_pages_and_takes_any_number(self, sari: User) -> None:
        for number in range(PAGE_MESSAGES + 1):
            tell(sari, str(number))
        assert titles(sari) == [f"About {number}" for number in range(PAGE_MESSAGES, 0, -1)]
        for page in (2, 3, 10**30):
            assert titles(sari, page) == ["About 0"]
        for page in (0, -1):
            assert len(titles(sari, page)) == PAGE_MESSAGES
        assert inbox_page(user=sari, page=2).pages == 2

    def test_takes_two_queries(self, sari: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        mark_read(user=sari, public_ids=[tell(sari).public_id for _ in range(3)])
        tell(sari)
        with django_assert_num_queries(2):
            assert len(inbox_page(user=sari, page=1).unread) == 1
        with django_assert_num_queries(1):
            assert unread_count(sari) == 1

    def test_is_never_another_persons(self, sari: User, dewi: User) -> None:
        told = tell(sari)
        assert (titles(dewi), unread_count(dewi)) == ([], 0)
        mark_read(user=dewi, public_ids=[told.public_id])
        assert (unread_count(sari), Reading.objects.count()) == (1, 0)


class TestReading:
    def test_is_recorded_with_its_moment(self, sari: User) -> None:
        first, second = tell(sari), tell(sari)
        with on(DAY):
            mark_read(user=sari, public_ids=[first.public_id])
            moment = clock.now()
        assert Reading.objects.get().read_at == moment
        assert inbox_page(user=sari, page=1).unread == [second.public_id]
        assert unread_count(sari) == 1

    def test_a_second_time_changes_nothing(self, sari: User) -> None:
        message = tell(sari)
        with on(DAY):
            mark_read(user=sari, public_ids=[message.public_id, message.public_id])
            moment = clock.now()
        mark_read(user=sari, public_ids=[message.public_id])
        assert Reading.objects.get().read_at == moment

    def test_of_what_does_not_exist_is_passed_over(self, sari: User) -> None:
        mark_read(user=sari, public_ids=[uuid4()])
        mark_read(user=sari, public_ids=[])
        assert Reading.objects.count() == 0

    def test_is_of_one_message_once(self, sari: User) -> None:
        message = tell(sari)
        mark_read(user=sari, public_ids=[message.public_id])
        with pytest.raises(IntegrityError), transaction.atomic():
            Reading.objects.create(message=message, read_at=clock.now())
