"""Whoever is named on the command line types a code."""

import io

import pytest

from bekal.access.models import Act, Role, User
from tests.cli.conftest import Bekal, Outcome
from tests.web.officers import add_officer, code_of_now


@pytest.fixture
def rollback(bekal_here: Bekal, committed_database: str, monkeypatch: pytest.MonkeyPatch) -> Bekal:
    """Roll back as somebody who types this; nothing was published, so whoever comes that far is told so."""

    def run(email: str, typed: str) -> Outcome:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        return bekal_here("recommender", "rollback", "--by", email, "--json", DATABASE_URL=committed_database)

    return run


def test_the_code_of_a_named_person_is_read_and_works_once(rollback: Bekal) -> None:
    email, code = add_officer(Role.OPERATOR), code_of_now()
    typed = (f"{code}\n", f"{code}\n", f"{code_of_now(1)}\n", "", "\n")
    outcomes = [rollback(email, text) for text in typed]
    assert [outcome.status for outcome in outcomes] == [2] * 5
    assert [outcome.json["error"]["code"] for outcome in outcomes] == [
        "nothing_to_roll_back_to",
        "code_wrong",
        "nothing_to_roll_back_to",
        "code_needed",
        "code_needed",
    ]
    assert code not in str(outcomes) + str(list(Act.objects.values()))


def test_guesses_are_limited(rollback: Bekal) -> None:
    email = add_officer(Role.OPERATOR)
    outcomes = [rollback(email, "x") for _ in range(6)]
    assert [outcome.json["error"]["code"] for outcome in outcomes] == ["code_wrong"] * 5 + ["too_many_tries"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("train", "--by"),
        ("publish", "nothing", "--by"),
        ("publish", "nothing", "--override-by"),
        ("rollback", "--by"),
    ],
)
def test_every_name_asks_for_a_code(
    bekal_here: Bekal, committed_database: str, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("x\n"))
    outcome = bekal_here("recommender", *arguments, add_officer(Role.APPROVER), "--json", DATABASE_URL=committed_database)
    assert outcome.json["error"]["code"] == "code_wrong"


@pytest.mark.parametrize("arguments", [("publish", "nothing"), ("rollback",)])
def test_where_there_are_operators_one_decides(bekal_here: Bekal, committed_database: str, arguments: tuple[str, ...]) -> None:
    """An approver alone is nobody who could; that there is no such model, or none before it, is said to no stranger."""
    found = []
    for role in (Role.APPROVER, Role.OPERATOR):
        add_officer(role)
        found.append(bekal_here("recommender", *arguments, "--json", DATABASE_URL=committed_database).json["error"]["code"])
    assert found == ["not_found" if "nothing" in arguments else "nothing_to_roll_back_to", "nobody_named"]
    User.objects.update(is_active=False)
    assert bekal_here("recommender", *arguments, "--json", DATABASE_URL=committed_database).json["error"]["code"] == found[0]


def test_both_people_of_an_override_type_theirs(
    bekal_here: Bekal, committed_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher, approver, code = add_officer(Role.OPERATOR), add_officer(Role.APPROVER), code_of_now()
    arguments = ("recommender", "publish", "nothing", "--by", publisher, "--override-by", approver, "--reason", "r", "--json")
    found = []
    for typed in (f"{code}\n", f"{code_of_now(1)}\n{code}\n"):
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        found.append(bekal_here(*arguments, DATABASE_URL=committed_database).json["error"]["code"])
    assert found == ["code_needed", "not_found"]
