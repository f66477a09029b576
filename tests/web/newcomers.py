"""Somebody new on the site, and a wave that takes applications on the village's day."""

from datetime import datetime, time, timedelta
from typing import Any, Final

from django.test import Client

from bekal.core import clock
from bekal.core.check_digits import check_digit
from bekal.messages.channels.sms.standin import StandIn
from bekal.programmes.definition import load_definition
from bekal.programmes.models import Wave
from tests.builders import PROGRAMME, make_wave
from tests.messages.phones import code_sent_to, send
from tests.web.village import TODAY

PHONE: Final = "0812 3456 7890"
NEW_PASSWORD: Final = "beras-kuning-lampu"
STEPS: Final[dict[str, dict[str, str]]] = {
    "numbers": {"nik": "3273 0157 0895 0001", "household": "3273010101010001"},
    "person": {"name": "Rina Ma'rufah", "birth_day": "17", "birth_month": "8", "birth_year": "1995", "sex": "F"},
    "background": {"education": "upper_secondary", "occupation": "looking_for_work", "province": "33"},
}
BORN: Final = {name: typed for name, typed in STEPS["person"].items() if name.startswith("birth")}
UNKNOWN: Final = "10000000000" + check_digit("10000000000")
"""A registration number that nobody has."""
CLOSES_AT: Final = datetime.combine(TODAY + timedelta(days=2), time(12), clock.JAKARTA)
ANNOUNCES_AT: Final = CLOSES_AT + timedelta(days=3)


def open_applications(*, number: int = 22, places: int = 1_500) -> Wave:
    """A wave that takes applications on `TODAY`."""
    wave = make_wave(number=number, accepted_on=clock.day_of(ANNOUNCES_AT))
    wave.registration_opens_at, wave.registration_closes_at = CLOSES_AT - timedelta(days=4), CLOSES_AT
    wave.announces_at, wave.places = ANNOUNCES_AT, places
    wave.save()
    return wave


def enter(browser: Client, gateway: StandIn) -> None:
    """Make an account for `PHONE`, which the browser is then logged in to."""
    assert browser.post("/register/", {"phone": PHONE}).status_code == 303
    send()
    assert browser.post("/register/code/", {"code": code_sent_to(gateway)}).status_code == 303
    assert browser.post("/register/password/", {"password": NEW_PASSWORD}).status_code == 302


def register(browser: Client, gateway: StandIn) -> Any:
    """Register somebody new, who agrees to everything."""
    enter(browser, gateway)
    for name, typed in STEPS.items():
        assert browser.post(f"/register/identity/{name}/", typed).status_code == 303
    return browser.post("/register/identity/confirm/", {"consent": "1"})


def answer_questions(browser: Client) -> None:
    """Answer what the programme asks, one page after the other."""
    for question in load_definition(PROGRAMME).application.questions:
        assert browser.get("/application/questions/")["Location"] == f"/application/questions/{question.code}/"
        answer = browser.post(f"/application/questions/{question.code}/", {"answer": question.options[0].code})
        assert answer.status_code == 303
