"""The recommendation API: what another system gets, and every way in which it is told no."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from bekal.access.keys import revoke_key
from bekal.catalogue.models import Training
from bekal.catalogue.services import close_training
from bekal.config.site.front import MOST_LARGE_BODIES
from bekal.programmes.provinces import PROVINCES
from bekal.recommender.errors import LevelUnknown, NoModel
from bekal.web.api.schemas import MOST_HISTORY, MOST_PEOPLE, RecommendationsIn
from bekal.web.api.views import FieldsInvalid, KeyBusy, KeyRefused, NotJson
from bekal.web.bodies import MANY_PATH, MOST_BODY_BYTES, MOST_MANY_BYTES
from bekal.web.errors import BodyTooLarge
from tests.web.api.asking import PATH, Ask, raw, refused
from tests.web.api.conftest import PRICES, TITLES


def test_the_list_fits_the_person_and_the_balance(alone: list[Training], ask: Ask) -> None:
    answer = ask(balance_idr=150_000)

    assert answer.status_code == 200
    found = json.loads(answer.content)
    assert found["items"][0]["code"] in {"K-0", "K-2"}
    assert {item["code"] for item in found["items"]} == {"K-0", "K-1", "K-2", "K-4", "K-5"}
    assert all(item["price_idr"] + item["remaining_idr"] == 150_000 for item in found["items"])
    assert {item["code"]: item["title"] for item in found["items"]} == {
        f"K-{number}": TITLES[number] for number in (0, 1, 2, 4, 5)
    }
    assert found["model"].startswith("bekal-")
    assert found["ignored"] == {"history": [], "attributes": []}


def test_the_bundle_fits_together_and_has_one_of_a_topic(alone: list[Training], ask: Ask) -> None:
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
        item = ask(language=language, history=["K-1"], sex=None).json()["items"][0]
        return next(reason for reason in item["reasons"] if reason["after"] == "K-1")

    assert first("en")["text"] == "People who learnt “Kursus 1” often choose this"
    assert first("id")["text"] == "Orang yang sudah belajar “Kursus 1” sering memilih ini"
    assert first("en")["share"] == first("id")["share"] > 0


def test_no_reason_says_that_a_sex_chooses_it(alone: list[Training], ask: Ask) -> None:
    said = {reason["text"] for sex in "FM" for item in ask(sex=sex, language="en").json()["items"] for reason in item["reasons"]}
    assert said
    assert not any("women" in text.lower() or "men " in text.lower() for text in said)


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


NUMBER = "this must be a whole number, without quotation marks"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"balance_idr": -1}, "balance_idr: this must be 0 or more"),
        ({"balance_idr": 1_000_000_001}, "balance_idr: this must be 1000000000 or less"),
        ({"balance_idr": 1.5}, f"balance_idr: {NUMBER}"),
        ({"balance_idr": "300000"}, f"balance_idr: {NUMBER}"),
        ({"balance_idr": True}, f"balance_idr: {NUMBER}"),
        ({"balance_idr": None}, f"balance_idr: {NUMBER}"),
        ({"age": -1}, "age: this must be 0 or more"),
        ({"age": 131}, "age: this must be 130 or less"),
        ({"sex": 1}, "sex: this must be a text"),
        ({"sex": ""}, "sex: this must have 1 characters or more"),
        ({"education": "x" * 65}, "education: this must have 64 characters or fewer"),
        ({"history": "K-1"}, "history: this must be a list of texts"),
        ({"history": [""]}, "history.0: this must have 1 characters or more"),
        ({"history": ["x" * 256]}, "history.0: this must have 255 characters or fewer"),
        ({"history": ["K-1"] * (MOST_HISTORY + 1)}, "history: this must have 500 entries or fewer"),
        ({"top": 0}, "top: this must be 1 or more"),
        ({"top": 51}, "top: this must be 50 or less"),
        ({"language": "fr"}, "language: this must be one of id, en"),
        ({"nik": "3201"}, "nik: there is no such field"),
    ],
)
def test_a_wrong_field_is_named_with_what_is_permitted(
    alone: list[Training], ask: Ask, changes: dict[str, Any], said: str
) -> None:
    answer = ask(**changes)
    assert refused(answer) == (422, "fields_invalid")
    assert answer.json()["error"]["fields"] == [said]


def test_what_is_missing_is_named(alone: list[Training], key: str) -> None:
    assert raw("{}", key).json()["error"]["fields"] == ["balance_idr: this field must be there"]
    no_object = "body: this must be a JSON object with the fields of the documentation"
    assert [raw(body, key).json()["error"]["fields"] for body in ("[]", "1", '"x"')] == [[no_object]] * 3


def test_what_is_wrong_is_said_in_the_language_asked_for(alone: list[Training], ask: Ask, key: str) -> None:
    def said(answer: Any) -> tuple[str, list[str]]:
        return answer.json()["error"]["message"], answer.json()["error"]["fields"]

    indonesian = ("Sebagian isian kosong, tidak dikenal, atau di luar batas.", ["top: isian ini harus 1 atau lebih"])
    assert said(ask(top=0, language="id")) == indonesian
    assert said(raw('{"balance_idr": 1, "top": 0}', key, accept_language="id")) == indonesian
    english = ("Some fields are missing, unknown or out of range.", ["top: this must be 1 or more"])
    assert said(ask(top=0, language="en")) == said(ask(top=0)) == english


@pytest.mark.parametrize(
    ("changes", "permitted"),
    [
        ({"sex": "pria"}, "F, M"),
        ({"education": "SMA"}, "primary, lower_secondary, upper_secondary, diploma, bachelor, postgraduate"),
        ({"province": "Jawa Barat"}, ", ".join(PROVINCES)),
    ],
)
def test_a_level_that_nobody_knows_is_refused_with_those_that_are_known(
    alone: list[Training], ask: Ask, changes: dict[str, str], permitted: str
) -> None:
    answer = ask(**changes)
    assert refused(answer) == (422, "level_unknown")
    ((name, level),) = changes.items()
    assert answer.json()["error"]["fields"] == [f"{name}: this must be one of {permitted}"]
    assert answer.json()["error"]["message"] == f"“{level}” is no known {name}. Known are: {permitted}."


def test_every_level_that_nobody_knows_is_named(alone: list[Training], ask: Ask) -> None:
    answer = ask(sex="pria", education="SMA", province="32")
    assert refused(answer) == (422, "level_unknown")
    levels = "primary, lower_secondary, upper_secondary, diploma, bachelor, postgraduate"
    assert answer.json()["error"]["fields"] == ["sex: this must be one of F, M", f"education: this must be one of {levels}"]


def test_of_very_many_wrong_fields_a_thousand_are_named(alone: list[Training], ask: Ask) -> None:
    fields = ask(**{f"field_{number}": 1 for number in range(1_003)}).json()["error"]["fields"]
    assert (len(fields), fields[-1]) == (1_001, "and 3 more that are wrong")


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

    assert schema["paths"].keys() == {PATH, MANY_PATH}
    one, many = (set(operation["post"]["responses"]) for operation in schema["paths"].values())
    assert one == {"200", "400", "401", "413", "422", "500", "503"}
    assert many == one | {"429"}
    question = schema["components"]["schemas"]["RecommendationsIn"]
    assert (question["additionalProperties"], question["required"]) == (False, ["balance_idr"])
    assert Client().get("/api/v1/docs").headers["Location"] == "/api/v1/docs/"
    assert Client().get(PATH).status_code == 405


def test_the_documentation_names_every_field_and_every_error() -> None:
    page = (Path(__file__).parents[3] / "docs" / "recommendation-api.md").read_text(encoding="utf-8")

    asking, answering = page.split("## When it says no")
    assert set(re.findall(r"^\| `(\w+)` \|", asking.split("The answer, of which")[0], re.MULTILINE)) == set(
        RecommendationsIn.model_fields
    )
    assert f"`POST {MANY_PATH}`" in page
    assert f"A server reads {MOST_LARGE_BODIES} such bodies at once" in page
    assert {f"{MOST_MANY_BYTES:,}", f"{MOST_BODY_BYTES:,}", f"{MOST_PEOPLE:,}"} <= set(re.findall(r"\d[\d,]*\d", page))
    errors = (NotJson, KeyRefused, KeyBusy, BodyTooLarge, FieldsInvalid, LevelUnknown, NoModel)
    assert set(re.findall(r"^\| (\d+) \| `(\w+)` \|", answering, re.MULTILINE)) == {
        (str(int(error.http_status)), error.code) for error in errors
    }
