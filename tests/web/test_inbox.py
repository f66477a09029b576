"""The page of a participant's messages."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from bekal.access.models import Role, User
from bekal.messages.channels.in_app.queries import PAGE_MESSAGES, unread_count
from bekal.messages.models import Message
from bekal.messages.services import write
from bekal.participants.models import Enrolment
from bekal.payouts.messages import REJECTED
from bekal.purchases.messages import REFUNDED
from tests.builders import make_user
from tests.web.conftest import Visit
from tests.web.reading import body_of, field_of, text_of
from tests.web.village import Village, login_of

pytestmark = pytest.mark.usefixtures("db")


def refund(enrolment: Enrolment, title: str = "Seduh kopi manual") -> Message:
    return write(recipient=login_of(enrolment), template=REFUNDED, about=uuid4(), title=title, amount_idr=75_000)


def shown(page: Any) -> list[str]:
    """The public ids of the messages on the page, in order."""
    return re.findall(r'data-message="([^"]+)"', body_of(page))


def mark(browser: Client, *messages: Message, page: int = 1) -> Any:
    return browser.post("/messages/", {"message": [str(message.public_id) for message in messages], "page": page})


def test_messages_are_listed_newest_first_with_the_unread_marked(village: Village, visit: Visit) -> None:
    old = refund(village.sari)
    mark(visit(village.sari), old)
    new = write(recipient=login_of(village.sari), template=REJECTED, about=uuid4(), amount_idr=600_000)

    page = visit(village.sari).get("/messages/")

    assert shown(page) == [str(new.public_id), str(old.public_id)]
    first, second = text_of(page).split("Insentif belum bisa dibayarkan ")[1].split("Satu pelatihan dibatalkan ")
    assert first.startswith("Bank atau dompet digital Anda menolak insentif Rp600.000.")
    assert second.startswith("“Seduh kopi manual” dibatalkan. Rp75.000 sudah kembali ke saldo pelatihan Anda. 22 November 2021")
    assert text_of(page).count("belum dibaca") == 1


def test_messages_are_in_the_language_of_the_reader(village: Village, visit: Visit) -> None:
    refund(village.sari)
    browser = visit(village.sari)
    browser.cookies["django_language"] = "en"

    assert "“Seduh kopi manual” was cancelled. Rp75.000 is back in your training balance." in text_of(browser.get("/messages/"))


def test_a_title_is_text_and_never_markup(village: Village, visit: Visit) -> None:
    refund(village.sari, "<b>Kopi</b>")

    assert "“&lt;b&gt;Kopi&lt;/b&gt;”" in body_of(visit(village.sari).get("/messages/"))


def test_without_messages_it_says_so(village: Village, visit: Visit) -> None:
    page = visit(village.sari).get("/messages/")

    assert "Belum ada pesan" in text_of(page)
    assert "<form" not in body_of(page).partition("<main")[2]


def test_the_form_marks_what_it_shows_as_read(village: Village, visit: Visit) -> None:
    first, browser = refund(village.sari), visit(village.sari)
    fields = re.findall(r'name="message" value="([^"]+)"', body_of(browser.get("/messages/")))
    later = refund(village.sari)

    answer = browser.post("/messages/", {"message": fields})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/messages/")
    assert fields == [str(first.public_id)]
    assert unread_count(login_of(village.sari)) == 1
    assert re.findall(r'name="message" value="([^"]+)"', body_of(browser.get("/messages/"))) == [str(later.public_id)]


def test_looking_at_messages_marks_none(village: Village, visit: Visit) -> None:
    refund(village.sari)
    for _ in range(2):
        visit(village.sari).get("/messages/")

    assert unread_count(login_of(village.sari)) == 1


def test_messages_are_never_another_persons(village: Village, visit: Visit) -> None:
    message = refund(village.sari)
    stranger = visit(village.dewi)

    assert shown(stranger.get("/messages/")) == []
    assert mark(stranger, message).status_code == 303
    assert unread_count(login_of(village.sari)) == 1
    assert "1 pesan" not in text_of(stranger.get("/"))


@pytest.mark.parametrize("text", ["", "1", "kopi", "00000000-0000-0000-0000-000000000000", "\0"])
def test_what_is_no_message_is_passed_over(village: Village, visit: Visit, text: str) -> None:
    refund(village.sari)

    assert visit(village.sari).post("/messages/", {"message": [text]}).status_code == 303
    assert unread_count(login_of(village.sari)) == 1


@pytest.mark.parametrize(
    ("asked", "number"),
    [("1", 1), ("2", 2), ("3", 2), ("0", 1), ("-1", 1), ("zwei", 1), ("", 1), ("9" * 40, 1), ("²", 1)],
)
def test_pages_take_any_number(village: Village, visit: Visit, asked: str, number: int) -> None:
    messages = [str(refund(village.sari, str(count)).public_id) for count in range(PAGE_MESSAGES + 1)]
    pages = {1: messages[:0:-1], 2: messages[:1]}

    page = visit(village.sari).get("/messages/", {"page": asked})

    assert shown(page) == pages[number]
    assert f"Halaman {number} dari 2" in text_of(page)


def test_marking_comes_back_to_its_page(village: Village, visit: Visit) -> None:
    messages = [refund(village.sari) for _ in range(PAGE_MESSAGES + 1)]
    browser = visit(village.sari)

    assert field_of(browser.get("/messages/?page=2"), "page") == "2"
    assert mark(browser, messages[0], page=2).headers["Location"] == "/messages/?page=2"
    for page in ("0", "zwei", "https://example.org/"):
        assert browser.post("/messages/", {"page": page}).headers["Location"] == "/messages/"


def test_the_page_needs_a_fixed_number_of_queries(
    village: Village, visit: Visit, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        mark(visit(village.sari), refund(village.sari))
        refund(village.sari)
    browser = visit(village.sari)
    with django_assert_num_queries(6):  # the clock, the session, the user, how many, which, whether there is a balance
        browser.get("/messages/")


def test_the_dashboard_tells_how_many_are_unread(village: Village, visit: Visit) -> None:
    browser = visit(village.sari)
    assert "belum dibaca" not in text_of(browser.get("/"))
    messages = [refund(village.sari) for _ in range(2)]
    assert "Ada 2 pesan yang belum dibaca" in text_of(browser.get("/"))
    mark(browser, *messages)
    assert "belum dibaca" not in text_of(browser.get("/"))


def test_so_does_the_first_page_of_a_participant_without_an_enrolment(village: Village, visit: Visit) -> None:
    user = make_user(Role.PARTICIPANT)
    write(recipient=user, template=REJECTED, about=uuid4(), amount_idr=600_000)

    assert "Ada 1 pesan yang belum dibaca" in text_of(visit(user).get("/"))


def test_the_page_is_closed_to_others(village: Village, visit: Visit) -> None:
    others: list[User] = [make_user(role) for role in Role if role is not Role.PARTICIPANT]

    assert {visit(user).get("/messages/").status_code for user in others} == {403}
    assert visit(None).get("/messages/").headers["Location"].startswith("/accounts/login/")
