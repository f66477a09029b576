"""What a programme asks before people apply: one question at a time, kept as one goes. The answers decide nothing."""

from collections.abc import Sequence
from typing import Final

from bekal.core import clock
from bekal.core.names import clean_text
from bekal.participants.models import Answer, Participant
from bekal.participants.registration.errors import AnswerMissing, AnswerTooLong, AnswerUnknown
from bekal.programmes.definition.kinds import QuestionKind
from bekal.programmes.definition.schema import Programme, Question

TEXT_CHARACTERS: Final = 500


def save_answer(
    *, participant: Participant, programme: Programme, question: Question, options: Sequence[str] = (), text: str = ""
) -> None:
    """Keep an answer, in the place of an earlier one. A question that need not be answered may be left empty.

    Raises:
        AnswerMissing: nothing was chosen or written, or two options of which one may be chosen.
        AnswerUnknown: an option that the question does not have.
        AnswerTooLong: a text of more than 500 characters.
    """
    chosen, written = tuple(dict.fromkeys(options)), clean_text(text)
    if question.kind is QuestionKind.TEXT:
        chosen = ()
        if len(written) > TEXT_CHARACTERS or "\0" in written:
            raise AnswerTooLong
    else:
        written = ""
        if set(chosen) - {option.code for option in question.options}:
            raise AnswerUnknown
    if (question.required and not chosen and not written) or (question.kind is QuestionKind.SINGLE_CHOICE and len(chosen) > 1):
        raise AnswerMissing
    Answer.objects.update_or_create(
        participant=participant,
        programme=programme.code,
        question=question.code,
        defaults={"options": list(chosen), "text": written, "answered_at": clock.now()},
    )


def answers_of(participant: Participant, programme: str) -> dict[str, Answer]:
    """A person's answers by the codes of the questions, in one query."""
    return {answer.question: answer for answer in Answer.objects.filter(participant=participant, programme=programme)}


def next_question(participant: Participant, programme: Programme) -> Question | None:
    """The first question that a person has not seen yet, in one query; None after the last."""
    if not programme.application.questions:
        return None
    seen = answers_of(participant, programme.code)
    return next((question for question in programme.application.questions if question.code not in seen), None)
