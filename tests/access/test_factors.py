"""The secrets of second factors at rest."""

import time
from base64 import b64decode

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value

from bekal.access.models import Role, User
from bekal.access.services import add_user
from bekal.core.sealing import UnreadableValue, version_of

pytestmark = pytest.mark.django_db
SECRET = "BEKALDEMOBEKALDEMOBEKALDEMOBEKAL"
OTHER = "OTHERONEOTHERONEOTHERONEOTHERONE"


@pytest.fixture
def officer() -> User:
    return add_user(email="a@example.org", password="x", name="A", role=Role.APPROVER, totp_secret=SECRET)


def code(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def test_a_stored_secret_is_sealed_and_checks_codes(officer: User) -> None:
    stored = Authenticator.objects.get(user=officer)
    assert version_of(b64decode(stored.data["secret"])) == 1
    assert SECRET not in str(Authenticator.objects.values("data"))
    assert TOTP(stored).validate_code(code(SECRET))
    assert not TOTP(stored).validate_code(code(OTHER))


def test_a_secret_that_was_just_activated_checks_codes() -> None:
    user = User.objects.create_user(email="b@example.org", password=None, name="B", role=Role.AUDITOR)
    assert TOTP.activate(user, SECRET).validate_code(code(SECRET))


def test_a_row_that_is_saved_again_still_opens(officer: User) -> None:
    Authenticator.objects.get(user=officer).record_usage()
    loaded = Authenticator.objects.get(user=officer)
    loaded.save()
    assert TOTP(Authenticator.objects.get(user=officer)).validate_code(code(SECRET))


def test_a_secret_copied_into_another_officers_row_opens_nothing(officer: User) -> None:
    other = add_user(email="b@example.org", password="x", name="B", role=Role.OPERATOR, totp_secret=OTHER)
    hers = Authenticator.objects.get(user=other).data
    Authenticator.objects.filter(user=officer).update(data=hers)
    with pytest.raises(UnreadableValue):
        TOTP(Authenticator.objects.get(user=officer)).validate_code(code(OTHER))
