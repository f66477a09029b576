"""The recommendation API: what another system gets, and every way in which it is told no."""

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from bekal.access.keys import make_key, revoke_key
from bekal.catalogue.models import Training
from bekal.catalogue.services import close_training
from bekal.recommender.errors import LevelUnknown, NoModel
from bekal.web.api.schemas import MOST_HISTORY, RecommendationsIn
from bekal.web.api.views import FieldsInvalid, KeyRefused, NotJson
from bekal.web.bodies import MOST_BODY_BYTES
from bekal.web.errors import BodyTooLarge
from tests.web.api.conftest import PRICES
from tests.web.grounds import Ground

PATH = "/api/v1/recommendations"
WOMAN = {"sex": "F", "age": 27, "education": "upper_secondary", "province": "32"}

Ask = Callable[..., Any]


@pytest.fixture
def key(db: None) -> str:
    return make_key(name="dashboard")


@pytest.fixture
def alone(ground: Ground[list[Training]], key: str) -> list[Training]:
    """A catalogue and a model that learnt from files; nobody is registered, nothing was bought here."""
    return copy.deepcopy(ground.built)


@pytest.fixture
def ask(key: str) -> Ask:
    """Ask for a woman of 27 with Rp300.000, changed as the arguments say."""

    def post(**changes: Any) -> Any:
        body = {**WOMAN, "balance_idr": 300_000, **changes}
        return raw(json.dumps(body), key)

    return post


def raw(body: str | bytes, key: str | None, **headers: str) -> Any:
    if key is not None:
        headers["authorization"] = f"Bearer {key}"
    return Client(enforce_csrf_checks=True).post(PATH, body, content_type="application/json", headers=headers)


def refused(answer: Any) -> tuple[int, str]:
    assert set(answer.json()) == {"error"}
    return answer.status_code, answer.json()["error"]["code"]


def test_the_list_fits_the_person_and_the_balance(alone: list[Training], ask: Ask) -> None:
    answer = ask(balance_idr=150_000)

    assert answer.status_code == 200
    found = json.loads(answer.content)
    assert found["items"][0]["code"] in {"K-0", "K-2"}
    assert {item["code"] for item in found["items"]} == {"K-0", "K-1", "K-2", "K-4", "K-5"}
    assert all(item["price_idr"] + item["remaining_idr"] == 150_000 for item in found["items"])
    assert {item["code"]: item["title"] for item in found["items"]} == {
        f"K-{number}": f"Kursus {number}" for number in (0, 1, 2, 4, 5)
    }
    assert found["model"].startswith("bekal-")
    assert found["ignored"] == {"history": [], "attributes": []}


def test_the_bundle_fits_together_and_has_one_of_a_field(alone: list[Training], ask: Ask) -> None:
    bundle = ask(balance_idr=1_000_000, sex="M").json()["bundle"]

    assert len(bundle["codes"]) > 1
    assert not {"K-3", "K-4"} <= set(bundle["codes"])
    assert bundle["price_idr"] == sum(PRICES[int(code[2:])] for code in bundle["codes"])
    assert bundle["remaining_idr"] == 1_000_000 - bundle["price_idr"]


def test_what_was_taken_is_left_out_and_is_the_reason_for_what_follows(alone: list[Training], ask: Ask) -> None:
    found = ask(history=["K-1", "K-1"], sex=None).json()["items"]

    assert found[0]["code"] == "K-3"
    assert "K-1" not in {item["code"] for item in found}
    reason = found[0]["reasons"][0]
    assert (reason["code"], reason["after"], reason["group"]) == ("after", "K-1", {})
    assert reason["text"] == "Orang yang sudah belajar “Kursus 1” sering memilih ini"


def test_reasons_are_in_the_language_asked_for(alone: list[Training], ask: Ask) -> None:
    def first(language: str) -> dict[str, Any]:
        item = ask(language=language).json()["items"][0]
        return next(reason for reason in item["reasons"] if reason["group"] == {"sex": "F"})

    assert first("en")["text"] == "Women choose this more often"
    assert first("id")["text"] == "Lebih sering dipilih perempuan"
    assert first("en")["share"] == first("id")["share"] > 0


def test_a_closed_training_is_gone_at_once(alone: list[Training], ask: Ask) -> None:
    first = ask().json()["items"][0]["code"]
    close_training(training_id=Training.objects.get(code=first).pk, actor=None)
    assert first not in {item["code"] for item in ask().json()["items"]}


def test_what_the_model_does_not_know_is_said(alone: list[Training], ask: Ask) -> None:
    answer = ask(history=["K-0", "X-1"], province="11", education="bachelor", age=90)
    assert answer.json()["ignored"] == {"history": ["X-1"], "attributes": ["education", "province", "age"]}


def test_nothing_needs_to_be_known_of_a_person(alone: list[Training], key: str) -> None:
    found = raw('{"balance_idr": 0}', key).json()
    assert (found["items"], found["bundle"]) == ([], {"codes": [], "price_idr": 0, "remaining_idr": 0})
    assert len(raw('{"balance_idr": 1000000000, "top": 2}', key).json()["items"]) == 2


def test_costs_a_fixed_number_of_queries_and_leaves_no_trace(
    alone: list[Training], ask: Ask, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ask()
    with django_assert_num_queries(5):  # the clock, the key, the publication, the catalogue, the titles
        answer = ask()
    assert answer.cookies == {}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"balance_idr": -1}, "balance_idr"),
        ({"balance_idr": 1_000_000_001}, "balance_idr"),
        ({"balance_idr": 1.5}, "balance_idr"),
        ({"balance_idr": "300000"}, "balance_idr"),
        ({"balance_idr": True}, "balance_idr"),
        ({"balance_idr": None}, "balance_idr"),
        ({"age": -1}, "age"),
        ({"age": 131}, "age"),
        ({"sex": 1}, "sex"),
        ({"sex": ""}, "sex"),
        ({"education": "x" * 65}, "education"),
        ({"history": "K-1"}, "history"),
        ({"history": [""]}, "history.0"),
        ({"history": ["K-1"] * (MOST_HISTORY + 1)}, "history"),
        ({"top": 0}, "top"),
        ({"top": 51}, "top"),
        ({"language": "fr"}, "language"),
        ({"nik": "3201"}, "nik"),
    ],
)
def test_a_wrong_field_is_named(alone: list[Training], ask: Ask, changes: dict[str, Any], field: str) -> None:
    answer = ask(**changes)
    assert refused(answer) == (422, "fields_invalid")
    (said,) = answer.json()["error"]["fields"]
    assert said.startswith(f"{field}: ")


@pytest.mark.parametrize("changes", [{"sex": "X"}, {"education": "SMA"}, {"province": "Jawa Barat"}])
def test_a_level_that_nobody_knows_is_refused(alone: list[Training], ask: Ask, changes: dict[str, str]) -> None:
    answer = ask(**changes)
    assert refused(answer) == (422, "level_unknown")
    assert next(iter(changes.values())) in answer.json()["error"]["message"]


@pytest.mark.parametrize("body", ["{", "[]" * 3, "nul", '{"balance_idr": 1', b"\xff\xfe", "[" * 20_000])
def test_a_body_that_is_no_json_is_refused(alone: list[Training], key: str, body: str | bytes) -> None:
    assert refused(raw(body, key)) == (400, "not_json")


@pytest.mark.parametrize("body", ["", "[]", "null", "1", '"x"', '{"balance_idr": NaN}', "{}"])
def test_json_that_is_no_question_is_refused(alone: list[Training], key: str, body: str) -> None:
    assert refused(raw(body, key)) == (422, "fields_invalid")


@pytest.mark.parametrize("bytes_over", [0, 10_000_000])  # the second is too large for Django too
def test_a_body_that_is_too_large_is_refused(alone: list[Training], key: str, bytes_over: int) -> None:
    body = json.dumps({"balance_idr": 1, "history": ["x" * 60] * 1_100})
    body += " " * bytes_over
    assert len(body) > MOST_BODY_BYTES
    assert refused(raw(body, key)) == (413, "body_too_large")


def test_without_a_key_in_use_nothing_is_answered(alone: list[Training], key: str) -> None:
    body = json.dumps({"balance_idr": 300_000})
    answers = [raw(body, None), raw(body, "bekal_x_y"), raw(body, None, authorization=f"Basic {key}"), raw(body, f"{key}x")]
    revoke_key(name="dashboard")
    answers.append(raw(body, key))

    assert [refused(answer) for answer in answers] == [(401, "key_refused")] * 5
    assert [answer.headers["WWW-Authenticate"] for answer in answers] == ["Bearer"] * 5


def test_without_a_model_it_says_so(ask: Ask, settings: Settings, tmp_path: Path) -> None:
    settings.BEKAL_HOME = tmp_path
    assert refused(ask()) == (503, "no_model")


def test_openapi_describes_every_answer_and_nothing_loads_from_elsewhere(db: None) -> None:
    schema = Client().get("/api/v1/openapi.json").json()

    (operation,) = schema["paths"].values()
    assert schema["paths"].keys() == {PATH}
    assert set(operation["post"]["responses"]) == {"200", "400", "401", "413", "422", "500", "503"}
    question = schema["components"]["schemas"]["RecommendationsIn"]
    assert (question["additionalProperties"], question["required"]) == (False, ["balance_idr"])
    assert Client().get("/api/v1/docs").status_code == 404
    assert Client().get(PATH).status_code == 405


def test_the_documentation_names_every_field_and_every_error() -> None:
    page = (Path(__file__).parents[3] / "docs" / "recommendation-api.md").read_text(encoding="utf-8")

    asking, answering = page.split("## When it says no")
    assert set(re.findall(r"^\| `(\w+)` \|", asking.split("The answer, of which")[0], re.MULTILINE)) == set(
        RecommendationsIn.model_fields
    )
    errors = (NotJson, KeyRefused, BodyTooLarge, FieldsInvalid, LevelUnknown, NoModel)
    assert set(re.findall(r"^\| (\d+) \| `(\w+)` \|", answering, re.MULTILINE)) == {
        (str(int(error.http_status)), error.code) for error in errors
    }
