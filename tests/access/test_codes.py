"""One-time codes open once, ever."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from bekal.access.codes import use_code
from bekal.access.errors import CodeWrong, NoSecondFactor, TooManyTries
from bekal.access.models import Act, Encounter, LastCode, Role, Try, User
from bekal.access.tries import Origin
from tests.builders import make_user
from tests.web.officers import add_officer, code_of_now

_HOME = Origin(network="203.0.113.0/24")


@pytest.fixture
def officer(db: None) -> User:
    return User.objects.get(email=add_officer(Role.APPROVER))


def opens(user: User, code: str, origin: Origin = _HOME) -> bool:
    try:
        return bool(use_code(user=user, code=code, origin=origin).user_id == user.pk)
    except CodeWrong:
        return False


def test_a_code_opens_once_ever(officer: User) -> None:
    code = code_of_now()
    assert [opens(officer, code) for _ in range(3)] == [True, False, False]


def test_a_code_from_before_the_last_one_never_opens(officer: User) -> None:
    before, now, after = code_of_now(-1), code_of_now(), code_of_now(1)
    assert [opens(officer, code) for code in (now, before, after, now)] == [True, False, True, False]


def test_codes_of_clocks_that_are_far_off_do_not_open(officer: User) -> None:
    assert [opens(officer, code_of_now(later)) for later in (-3, 3)] == [False, False]


def test_a_code_may_be_typed_in_groups(officer: User) -> None:
    code = code_of_now()
    assert opens(officer, f" {code[:3]} {code[3:]} ")


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５６", "\0" * 6])
def test_what_is_no_code_does_not_open(officer: User, typed: str) -> None:
    assert not opens(officer, typed)


def test_codes_that_are_right_use_up_no_tries(officer: User) -> None:
    assert [opens(officer, code_of_now(later)) for later in (-1, 0, 1)] == [True] * 3
    assert (Try.objects.count(), list(Encounter.objects.values_list("tried_at", flat=True))) == (0, [None])


def test_two_people_may_have_one_code(officer: User) -> None:
    other = User.objects.get(email=add_officer(Role.OPERATOR))
    code = code_of_now()
    assert [opens(officer, code), opens(other, code)] == [True, True]


def test_somebody_without_an_authenticator_app_is_told_so(db: None) -> None:
    with pytest.raises(NoSecondFactor):
        use_code(user=make_user(Role.APPROVER), code="123456", origin=_HOME)


def test_guesses_are_limited_and_then_even_the_right_code_waits(officer: User) -> None:
    assert [opens(officer, "x") for _ in range(5)] == [False] * 5
    with pytest.raises(TooManyTries):
        use_code(user=officer, code=code_of_now(), origin=_HOME)


def test_no_code_is_kept_or_logged(officer: User) -> None:
    code = code_of_now()
    opens(officer, code)
    opens(officer, code)
    rows = [row for model in (Act, Try, Encounter, LastCode) for row in model.objects.values()]
    assert code not in str(rows)
    act = Act.objects.get(verb="login.fail")
    assert (act.subject, act.details) == (f"user:{officer.public_id}", {"tried": "code", "network": _HOME.network})


def test_of_many_at_once_one_code_opens_for_one(committed_database: str) -> None:
    officer = User.objects.get(email=add_officer(Role.APPROVER))
    code = code_of_now()

    def attempt(number: int) -> bool:
        try:
            return opens(officer, code, Origin(network=f"198.51.{number}.0/24"))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as threads:
        assert sorted(threads.map(attempt, range(6))) == [False] * 5 + [True]
