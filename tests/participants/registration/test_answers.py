"""What a programme asks before people apply."""

from dataclasses import replace

import pytest

from bekal.access.models import Role
from bekal.core import clock
from bekal.core.errors import BekalError
from bekal.participants.applications.errors import QuestionsOpen
from bekal.participants.applications.services import apply_for_wave
from bekal.participants.models import Answer, Participant
from bekal.participants.registration.answers import TEXT_CHARACTERS, answers_of, next_question, save_answer
from bekal.participants.registration.errors import AnswerMissing, AnswerTooLong, AnswerUnknown
from bekal.payouts.erasure import erase_person
from bekal.programmes.definition import load_definition
from bekal.programmes.definition.kinds import QuestionKind
from bekal.programmes.definition.schema import Question
from tests.builders import PROGRAMME, make_user
from tests.participants.applications.people import OPENS_AT, answer_everything, newcomer, open_window

pytestmark = pytest.mark.django_db
DEFINITION = load_definition(PROGRAMME)
ONE, MANY, *_REST = DEFINITION.application.questions
WRITTEN = replace(ONE, kind=QuestionKind.TEXT, options=())


@pytest.fixture
def sari() -> Participant:
    return newcomer(has_answered=False)


def answer(person: Participant, question: Question, *options: str, text: str = "") -> None:
    save_answer(participant=person, programme=DEFINITION, question=question, options=options, text=text)


def test_they_come_one_after_the_other_and_can_be_changed(sari: Participant) -> None:
    seen = []
    while (question := next_question(sari, DEFINITION)) is not None:
        seen.append(question)
        answer(sari, question, question.options[0].code)
    assert tuple(seen) == DEFINITION.application.questions
    answer(sari, ONE, ONE.options[1].code)
    assert answers_of(sari, PROGRAMME)[ONE.code].options == [ONE.options[1].code]
    assert Answer.objects.count() == len(seen)


def test_several_may_be_chosen_or_none_where_that_is_allowed(sari: Participant) -> None:
    codes = [option.code for option in MANY.options[:3]]
    answer(sari, MANY, *codes, codes[0])
    assert answers_of(sari, PROGRAMME)[MANY.code].options == codes
    answer(sari, MANY)
    assert answers_of(sari, PROGRAMME)[MANY.code].options == []


def test_a_text_is_kept_as_it_is_seen(sari: Participant) -> None:
    answer(sari, WRITTEN, text="  ingin\u200b kerja \n")
    assert answers_of(sari, PROGRAMME)[ONE.code].text == "ingin kerja"


@pytest.mark.parametrize(
    ("question", "options", "text", "error"),
    [
        (ONE, (), "", AnswerMissing),
        (ONE, (ONE.options[0].code, ONE.options[1].code), "", AnswerMissing),
        (ONE, ("none",), "", AnswerUnknown),
        (MANY, (MANY.options[0].code, "none"), "", AnswerUnknown),
        (WRITTEN, (), " \u200b", AnswerMissing),
        (WRITTEN, (), "x" * (TEXT_CHARACTERS + 1), AnswerTooLong),
        (WRITTEN, (), "a\0b", AnswerTooLong),
    ],
)
def test_what_is_no_answer_is_refused(
    sari: Participant, question: Question, options: tuple[str, ...], text: str, error: type[BekalError]
) -> None:
    with pytest.raises(error):
        answer(sari, question, *options, text=text)
    assert Answer.objects.count() == 0


def test_nobody_applies_before_they_are_answered(sari: Participant) -> None:
    wave = open_window()
    with clock.at(OPENS_AT):
        with pytest.raises(QuestionsOpen):
            apply_for_wave(participant=sari, wave=wave)
        answer_everything(sari)
        assert apply_for_wave(participant=sari, wave=wave).wave == wave


def test_a_programme_may_ask_nothing(sari: Participant) -> None:
    assert next_question(sari, load_definition("prakerja-2023")) is None


def test_they_are_forgotten_with_the_person(sari: Participant) -> None:
    answer_everything(sari)
    erase_person(participant=sari, actor=make_user(Role.OPERATOR))
    assert Answer.objects.count() == 0
