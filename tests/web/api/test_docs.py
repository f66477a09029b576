"""The API's documentation: whole, in words, and nobody else's."""

import json
import re

from django.test import Client

from bekal.web.api.docs import operations_of
from bekal.web.api.schemas import (
    EXAMPLE_ANSWERED,
    EXAMPLE_ASKED,
    EXAMPLE_MANY_ANSWERED,
    EXAMPLE_MANY_ASKED,
    EXAMPLE_REFUSED,
    ErrorOut,
    ManyIn,
    ManyOut,
    RecommendationsIn,
    RecommendationsOut,
)
from bekal.web.api.views import api
from bekal.web.bodies import MANY_PATH
from tests.web.reading import body_of, text_of

_ADDRESS = "/api/v1/docs/"


def test_every_field_is_described_with_its_kind_and_what_it_may_be() -> None:
    operation, many = operations_of(api.get_openapi_schema())

    assert (operation.method, operation.path, operation.needs_key) == ("POST", "/api/v1/recommendations", True)
    assert (many.method, many.path, many.needs_key) == ("POST", MANY_PATH, True)
    assert many.asked is not None
    assert [field.name for field in many.asked.fields] == [
        "people",
        *(f"people[].{name}" for name in RecommendationsIn.model_fields),
    ]
    assert many.asked.fields[0].kind == "array of object, 1 to 1,000 items"
    assert many.asked.example == json.dumps(EXAMPLE_MANY_ASKED, indent=2)
    assert operation.asked is not None
    fields = {field.name: field for field in operation.asked.fields}
    assert list(fields) == list(RecommendationsIn.model_fields)
    assert [name for name, field in fields.items() if field.is_required] == ["balance_idr"]
    assert fields["balance_idr"].kind == "integer, 0 to 1,000,000,000"
    assert fields["age"].kind == "integer or null, 0 to 130"
    assert fields["history"].kind == "array of string, at most 500 items"
    assert (fields["sex"].values, fields["sex"].is_open) == (("F", "M"), True)
    assert fields["education"].values[:2] == ("primary", "lower_secondary")
    assert (fields["language"].values, fields["language"].is_open, fields["language"].default) == (("id", "en"), False, '"id"')
    assert fields["top"].default == "10"
    assert operation.asked.example == json.dumps(EXAMPLE_ASKED, indent=2)


def test_every_answer_is_described_and_those_with_one_form_together() -> None:
    operation, many = operations_of(api.get_openapi_schema())

    assert [[int(status) for status in answer.statuses] for answer in many.answers] == [
        [200],
        [400, 401, 413, 422, 429, 500, 503],
    ]
    assert [[int(status) for status in answer.statuses] for answer in operation.answers] == [
        [200],
        [400, 401, 413, 422, 500, 503],
    ]
    assert operation.answers[0].body.example == json.dumps(EXAMPLE_ANSWERED, indent=2, ensure_ascii=False)
    names = [field.name for field in operation.answers[0].body.fields]
    assert names[:8] == [
        "model",
        "items",
        "items[].code",
        "items[].title",
        "items[].price_idr",
        "items[].remaining_idr",
        "items[].reasons",
        "items[].reasons[].code",
    ]
    reason = operation.answers[0].body.fields[names.index("items[].reasons[].code")]
    assert (reason.values, reason.is_open) == (("popular", "group", "after"), False)
    assert [field.name for field in operation.answers[1].body.fields] == ["error", "error.code", "error.message", "error.fields"]


def test_the_examples_are_what_the_api_takes_and_gives() -> None:
    RecommendationsIn.model_validate(EXAMPLE_ASKED)
    answered = RecommendationsOut.model_validate(EXAMPLE_ANSWERED)
    assert answered.model_dump() == EXAMPLE_ANSWERED
    ManyIn.model_validate(EXAMPLE_MANY_ASKED)
    assert ManyOut.model_validate(EXAMPLE_MANY_ANSWERED).model_dump() == EXAMPLE_MANY_ANSWERED
    assert ErrorOut.model_validate(EXAMPLE_REFUSED).model_dump() == EXAMPLE_REFUSED
    assert {item.price_idr + item.remaining_idr for item in answered.items} == {EXAMPLE_ASKED["balance_idr"]}


def test_the_page_needs_no_login_and_nobody_elses_scripts(db: None) -> None:
    page = Client().get(_ADDRESS)

    assert page.status_code == 200
    text = text_of(page)
    assert "API rekomendasi" in text
    assert "curl http://testserver/api/v1/recommendations" in text
    assert "Authorization: Bearer $KEY" in text
    assert "education string or null, 1 to 64 characters primary, lower_secondary" in text
    scripts = re.findall(r'<script src="([^"]*)"', body_of(page))
    assert scripts == ["/static/bekal/bekal.js"]
    assert 'href="/api/v1/openapi.json"' in body_of(page)


def test_no_line_of_the_source_ends_a_line_of_the_page(db: None) -> None:
    page = body_of(Client().get(_ADDRESS))
    assert "<br" not in page
    assert "ask about many people once at a time" in page


def test_the_page_speaks_english_too(db: None) -> None:
    browser = Client()
    browser.cookies["django_language"] = "en"
    assert "Recommendation API" in text_of(browser.get(_ADDRESS))
