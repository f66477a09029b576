"""The recommendation API: for a dashboard that exists already and needs nothing else of the platform.

It knows no session and no cookie: a key is all that a question needs, and nothing is stored of the person asked about.
"""

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final, cast

from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser
from ninja.security import HttpBearer

import bekal
from bekal.access.keys import hold_key, key_in_use
from bekal.access.models import ApiKey
from bekal.core.errors import BekalError, Invalid
from bekal.recommender.errors import LevelUnknown
from bekal.recommender.serving.outside import Answer, Profile, Question, UnknownLevel, recommend_to
from bekal.web.api.schemas import (
    BundleOut,
    ErrorOut,
    IgnoredOut,
    ManyIn,
    ManyOut,
    ReasonOut,
    RecommendationOut,
    RecommendationsIn,
    RecommendationsOut,
)
from bekal.web.api.wording import fields_said, language_of, level_said
from bekal.web.bodies import MANY_PATH, most_bytes
from bekal.web.errors import BodyTooLarge, record_fault


class KeyRefused(BekalError):
    """No key, a wrong one, or one that was revoked."""

    code = "key_refused"
    http_status = HTTPStatus.UNAUTHORIZED
    message = _("Send a key that is in use: Authorization: Bearer bekal_…")


class NotJson(BekalError):
    """The body cannot be read."""

    code = "not_json"
    http_status = HTTPStatus.BAD_REQUEST
    message = _("The body must be one JSON object in UTF-8.")


class FieldsInvalid(Invalid):
    """Some fields are wrong."""

    code = "fields_invalid"
    message = _("Some fields are missing, unknown or out of range.")


class KeyBusy(BekalError):
    """A key asks about many people while it is being answered about many."""

    code = "key_busy"
    http_status = HTTPStatus.TOO_MANY_REQUESTS
    message = _("With one key, ask about many people once at a time: wait for the answer, then ask again.")


class Key(HttpBearer):
    """A key made by `bekal recommender key NAME`."""

    openapi_bearerFormat = "bekal_<id>_<secret>"  # noqa: N815

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        return key_in_use(token)


class BoundedParser(Parser):
    """Reads a body only if it is not too large."""

    def parse_body(self, request: HttpRequest) -> Any:
        most = most_bytes(request.path)
        if int(request.META.get("CONTENT_LENGTH") or 0) > most:
            raise BodyTooLarge(most_bytes=most)
        return json.loads(request.body)


api = NinjaAPI(
    title="Bekal recommendations",
    version=bekal.__version__,
    description="Which trainings fit a person and what is left of their balance. Amounts are whole rupiah.",
    openapi_url="/openapi.json",
    docs_url=None,
    urls_namespace="api-v1",
    parser=BoundedParser(),
)


_REFUSED: Final = (400, 401, 413, 422, 500, 503)


@api.post(
    "/recommendations",
    auth=Key(),
    operation_id="recommend",
    summary="What fits one person",
    response={200: RecommendationsOut, **dict.fromkeys(_REFUSED, ErrorOut)},
)
def recommendations(request: HttpRequest, asked: RecommendationsIn) -> RecommendationsOut:
    """The best trainings that the balance can buy, the best set of them, and why.

    Never one of the history, one that is closed, or one that is full. Errors: `not_json` (400), `key_refused` (401),
    `body_too_large` (413), `fields_invalid` and `level_unknown` (422), `no_model` (503).
    """
    (answer,) = recommend_to([_question(asked)])
    return _written(answer, balance_idr=asked.balance_idr)


@api.post(
    "/recommendations/many",
    auth=Key(),
    operation_id="recommend_many",
    summary="What fits each of up to 1,000 people",
    response={200: ManyOut, **dict.fromkeys(sorted({*_REFUSED, 429}), ErrorOut)},
)
def recommendations_many(request: HttpRequest, asked: ManyIn) -> ManyOut:
    """One answer for each question, in their order, each just as if it were asked alone.

    All are answered or none: `fields` names whatever is wrong with anybody's, such as `people.3.top`. With one key, ask about
    many people once at a time (`key_busy`, 429). The other errors are those of a question about one person.
    """
    with transaction.atomic():
        if not hold_key(request.auth):  # type: ignore[attr-defined]
            raise KeyBusy
        answers = recommend_to([_question(each) for each in asked.people])
        written = (_written(answer, balance_idr=each.balance_idr) for answer, each in zip(answers, asked.people, strict=True))
        return ManyOut(answers=list(written))


def _question(asked: RecommendationsIn) -> Question:
    profile = Profile(
        age_years=asked.age,
        sex=asked.sex,
        education=asked.education,
        province=asked.province,
        history=asked.history,
        balance_idr=asked.balance_idr,
    )
    return Question(profile, top=asked.top, language=asked.language)


@api.exception_handler(BekalError)
def _typed_error(request: HttpRequest, error: BekalError) -> HttpResponse:
    return _error(request, error)


@api.exception_handler(RequestDataTooBig)
def _far_too_large(request: HttpRequest, _error_of_django: RequestDataTooBig) -> HttpResponse:
    # Ninja asks whether there is a body before the parser does.
    return _error(request, BodyTooLarge(most_bytes=most_bytes(request.path)))


@api.exception_handler(AuthenticationError)
def _no_key(request: HttpRequest, _error_of_ninja: AuthenticationError) -> HttpResponse:
    answer = _error(request, KeyRefused())
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


@api.exception_handler(ValidationError)
def _wrong_fields(request: HttpRequest, error: ValidationError) -> HttpResponse:
    with translation.override(language_of(request)):
        return _error(request, FieldsInvalid(), fields=fields_said(error.errors))


@api.exception_handler(LevelUnknown)
def _unknown_level(request: HttpRequest, error: LevelUnknown) -> HttpResponse:
    is_many = request.path == MANY_PATH
    with translation.override(language_of(request)):
        fields = [
            level_said(f"people.{each.person}.{each.attribute}" if is_many else each.attribute, each.known)
            for each in cast(Sequence[UnknownLevel], error.details["unknown"])
        ]
        return _error(request, error, fields=fields)


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    return _error(request, error.__cause__ if isinstance(error.__cause__, BekalError) else NotJson())


def _error(request: HttpRequest, error: BekalError, *, fields: list[str] | None = None) -> HttpResponse:
    record_fault(error)
    with translation.override(language_of(request)):
        detail = {"code": error.code, "message": str(error), "fields": fields or []}
    answer = api.create_response(request, {"error": detail}, status=error.http_status)
    if error.http_status == HTTPStatus.TOO_MANY_REQUESTS:
        answer.headers["Retry-After"] = "1"
    return answer


def _written(answer: Answer, *, balance_idr: int) -> RecommendationsOut:
    return RecommendationsOut(
        model=answer.model,
        items=[
            RecommendationOut(
                code=found.code,
                title=found.title,
                price_idr=found.price_idr,
                remaining_idr=found.remaining_idr,
                reasons=[
                    ReasonOut(
                        code=reason.code.value,
                        group=dict(reason.group),
                        after=reason.after,
                        share=round(reason.share, 4),
                        text=text,
                    )
                    for reason, text in found.reasons
                ],
            )
            for found in answer.found
        ],
        bundle=BundleOut(
            codes=list(answer.bundle),
            price_idr=answer.bundle_price_idr,
            remaining_idr=balance_idr - answer.bundle_price_idr,
        ),
        ignored=IgnoredOut(history=list(answer.ignored_history), attributes=list(answer.ignored_attributes)),
    )
