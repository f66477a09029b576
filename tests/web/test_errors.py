"""What the site says where Django says less."""

from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import BadRequest
from django.core.handlers.exception import response_for_exception
from django.db import DatabaseError, OperationalError
from django.http import HttpResponse
from django.test import RequestFactory


def answer(error: Exception) -> HttpResponse:
    return response_for_exception(RequestFactory().get("/"), error)


def interrupted(reason: DatabaseError) -> Exception:
    """As Django's sessions say that they could not be kept."""
    try:
        try:
            try:
                raise reason
            except DatabaseError:
                raise UpdateError  # noqa: B904
        except UpdateError:
            raise SessionInterrupted("deleted")  # noqa: B904
    except SessionInterrupted as error:
        return error


def test_a_session_that_the_database_did_not_keep_is_no_bad_request() -> None:
    found = answer(interrupted(OperationalError("terminating connection due to administrator command")))
    assert (found.status_code, found.headers["Retry-After"], found.headers["Content-Language"]) == (503, "60", "id")
    assert [answer(error).status_code for error in (interrupted(DatabaseError("no such row")), BadRequest("no"))] == [400, 400]
