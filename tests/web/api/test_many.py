"""Asking about many people in one call: everybody is answered as if alone, or nobody."""

import json
import threading
from random import Random
from typing import Any

import pytest
from django.db import connections
from pytest_django import DjangoAssertNumQueries

from bekal.access.keys import held_key, key_in_use, make_key
from bekal.catalogue.models import Training
from bekal.web.api.schemas import EXAMPLE_ASKED, MOST_PEOPLE, ManyOut
from bekal.web.bodies import MANY_PATH, MOST_BODY_BYTES, MOST_MANY_BYTES
from tests.web.api.asking import raw, refused


def many(people: Any, key: str | None, **headers: str) -> Any:
    return raw(json.dumps({"people": people}), key, MANY_PATH, **headers)


def drawn(count: int) -> list[dict[str, Any]]:
    """Questions of every kind, some of people who say almost nothing."""
    chance = Random(11)
    people = []
    for _ in range(count):
        said = {
            "sex": chance.choice(["F", "M"]),
            "age": chance.choice([19, 27, 41, 90, None]),
            "education": chance.choice(["upper_secondary", "bachelor"]),
            "province": chance.choice(["32", "11"]),
            "history": chance.sample(["K-0", "K-1", "K-2", "K-4", "X-9"], chance.randrange(4)),
            "top": chance.randrange(1, 7),
            "language": chance.choice(["id", "en"]),
        }
        kept = chance.sample(sorted(said), chance.randrange(len(said) + 1))
        people.append(
            {"balance_idr": chance.choice([0, 60_000, 150_000, 300_000, 1_000_000]), **{name: said[name] for name in kept}}
        )
    return people


def test_everybody_is_answered_in_order_as_if_asked_alone(alone: list[Training], key: str) -> None:
    people = drawn(60)
    answer = many(people, key)

    assert answer.status_code == 200
    assert answer.json().keys() == {"answers"}
    assert answer.json()["answers"] == [raw(json.dumps(person), key).json() for person in people]
    described = ManyOut.model_validate_json(answer.content)
    assert described.model_dump_json() == json.dumps(answer.json(), ensure_ascii=False, separators=(",", ":"))
    texts = {reason["text"] for each in answer.json()["answers"] for item in each["items"] for reason in item["reasons"]}
    assert {"Popular with participants", "Banyak dipilih peserta"} <= texts


def test_costs_as_few_queries_as_one_person(
    alone: list[Training], key: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    many(drawn(2), key)
    # The clock, the key, holding it and letting go, the publication, the catalogue, the titles, those that reasons name.
    with django_assert_num_queries(8):
        many(drawn(60), key)


def test_whatever_is_wrong_with_anybody_is_named_and_nobody_is_answered(alone: list[Training], key: str) -> None:
    fine = {"balance_idr": 100_000}
    answer = many([fine, {"balance_idr": -1, "top": 0}, fine, {"nik": 1}, 7], key)
    assert refused(answer) == (422, "fields_invalid")
    assert answer.json()["error"]["fields"] == [
        "people.1.balance_idr: this must be 0 or more",
        "people.1.top: this must be 1 or more",
        "people.3.balance_idr: this field must be there",
        "people.3.nik: there is no such field",
        "people.4: this must be a JSON object with the fields of the documentation",
    ]
    answer = many([fine, {**fine, "sex": "pria", "education": "SMA", "language": "id"}, {**fine, "sex": "wanita"}], key)
    assert refused(answer) == (422, "level_unknown")
    levels = "primary, lower_secondary, upper_secondary, diploma, bachelor, postgraduate"
    assert answer.json()["error"]["fields"] == [
        "people.1.sex: isian ini harus salah satu dari F, M",
        f"people.1.education: isian ini harus salah satu dari {levels}",
        "people.2.sex: isian ini harus salah satu dari F, M",
    ]


def test_of_each_history_the_first_wrong_code_is_named(alone: list[Training], key: str) -> None:
    people = [{"balance_idr": 0, "history": ["K-1", *[""] * 300]}, {"balance_idr": -1, "history": [1, ""]}]
    assert many(people, key).json()["error"]["fields"] == [
        "people.0.history.1: this must have 1 characters or more",
        "people.1.balance_idr: this must be 0 or more",
        "people.1.history.0: this must be a text",
    ]


@pytest.mark.parametrize(
    ("people", "said"),
    [
        ([], "people: this must have 1 entries or more"),
        ([{"balance_idr": 1}] * (MOST_PEOPLE + 1), "people: this must have 1000 entries or fewer"),
        ({"balance_idr": 1}, "people: this must be a list of questions, each a JSON object"),
    ],
)
def test_people_must_be_a_list_of_one_to_a_thousand(alone: list[Training], key: str, people: Any, said: str) -> None:
    answer = many(people, key)
    assert refused(answer) == (422, "fields_invalid")
    assert answer.json()["error"]["fields"] == [said]


def test_a_body_may_be_larger_than_that_of_one_person_but_not_of_any_size(alone: list[Training], key: str) -> None:
    people = [{"balance_idr": 0, "history": ["x" * 200]} for _ in range(900)]
    assert MOST_BODY_BYTES < len(json.dumps(people)) < MOST_MANY_BYTES
    assert many(people, key).status_code == 200
    body = json.dumps({"people": [{"balance_idr": 1}]})
    for excess in (MOST_MANY_BYTES, 10_000_000):  # the second is too large for Django too
        answer = raw(body + " " * excess, key, MANY_PATH)
        assert refused(answer) == (413, "body_too_large")
        assert answer.json()["error"]["message"] == "The body may have 1048576 bytes at most."


def test_a_thousand_people_with_histories_of_ten_fill_less_than_half_of_a_body() -> None:
    history = [f"SIM-{number:05}" for number in range(10)]
    assert len(json.dumps({"people": [{**EXAMPLE_ASKED, "history": history}] * MOST_PEOPLE})) < MOST_MANY_BYTES / 2


def test_without_a_key_nobody_is_answered(alone: list[Training], key: str) -> None:
    assert refused(many([{"balance_idr": 1}], None)) == (401, "key_refused")


def test_a_key_is_answered_about_many_people_once_at_a_time(alone: list[Training], key: str) -> None:
    held = key_in_use(key)
    assert held is not None
    begin, done = threading.Event(), threading.Event()

    def hold() -> None:
        # As another request holds it, by a connection of its own.
        with held_key(held) as is_held:
            assert is_held
            begin.set()
            done.wait(timeout=20)
        connections.close_all()

    other = threading.Thread(target=hold)
    other.start()
    try:
        assert begin.wait(timeout=20)
        busy = many([{"balance_idr": 1}], key)
        assert refused(busy) == (429, "key_busy")
        assert busy.headers["Retry-After"] == "1"
        assert raw('{"balance_idr": 1}', key).status_code == 200
        assert many([{"balance_idr": 1}], make_key(name="another")).status_code == 200
    finally:
        done.set()
        other.join(timeout=20)
    assert many([{"balance_idr": 1}], key).status_code == 200
