"""What a programme asks before people apply: one question a page, kept as one goes."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from bekal.core.errors import BekalError
from bekal.participants.models import Participant
from bekal.participants.registration.answers import answers_of, next_question, save_answer
from bekal.participants.registration.queries import participant_with_check
from bekal.programmes.definition import Programme
from bekal.programmes.definition.kinds import QuestionKind
from bekal.programmes.definition.schema import Question
from bekal.web.errors import record_fault
from bekal.web.participant.access import participant_of
from bekal.web.public.programme import current_programme


@require_safe
@never_cache
@login_required
def here(request: HttpRequest) -> HttpResponseBase:
    """The first question that is not answered, or the application after the last."""
    return redirect(_next_address(*_asked(request)))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def question(request: HttpRequest, code: str) -> HttpResponseBase:
    """One question; its form keeps the answer."""
    person, definition = _asked(request)
    if person is None or definition is None:
        return _go_on(person, definition)
    asked = next((one for one in definition.application.questions if one.code == code), None)
    if asked is None:
        raise Http404
    if request.method != "POST":
        before = answers_of(person, definition.code).get(code)
        return _page(request, definition, asked, chosen=before.options if before else [], text=before.text if before else "")
    options, text = request.POST.getlist("answer"), request.POST.get("text", "")
    try:
        save_answer(participant=person, programme=definition, question=asked, options=options, text=text)
    except BekalError as error:
        record_fault(error)
        return _page(request, definition, asked, chosen=options, text=text, error=error)
    return _go_on(person, definition)


def _asked(request: HttpRequest) -> tuple[Participant | None, Programme | None]:
    person, _check = participant_with_check(participant_of(request))
    current = current_programme()
    return person, current.definition if current else None


def _go_on(person: Participant | None, definition: Programme | None) -> HttpResponse:
    return HttpResponseRedirect(_next_address(person, definition), status=303)


def _next_address(person: Participant | None, definition: Programme | None) -> str:
    if person is None:
        return reverse("register_identity")
    asked = None if definition is None else next_question(person, definition)
    return reverse("application") if asked is None else reverse("question", args=[asked.code])


def _page(
    request: HttpRequest,
    definition: Programme,
    asked: Question,
    *,
    chosen: list[str],
    text: str,
    error: BekalError | None = None,
) -> HttpResponse:
    questions = definition.application.questions
    context = {
        "question": asked,
        "kind": "checkbox" if asked.kind is QuestionKind.MULTIPLE_CHOICE else "radio",
        "is_text": asked.kind is QuestionKind.TEXT,
        "chosen": chosen,
        "text": text,
        "place": questions.index(asked) + 1,
        "pages": len(questions),
        "error": error,
        "applying": True,
    }
    return render(request, "participant/question.html", context, status=error.http_status if error else 200)
