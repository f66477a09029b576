"""Officers who logged in as officers do: password, then the code of an authenticator app."""

import base64
import hashlib
import hmac
import struct
import time
from collections.abc import Callable

import pytest
from django.test import Client

from bekal.access.models import Role
from bekal.access.services import add_user

PASSWORD = "kata-sandi-uji"
SECRET = "BEKALTESTBEKALTESTBEKALTESTBEKAL"

Enter = Callable[[Role], Client]


def code_of_now() -> str:
    """The six digits that an authenticator app shows for `SECRET` (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.new(base64.b32decode(SECRET), counter, hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


@pytest.fixture
def enter(db: None) -> Enter:
    """A browser of a new officer with this role, logged in with both factors."""

    def client(role: Role) -> Client:
        email = f"{role}@example.org"
        add_user(email=email, password=PASSWORD, name=f"{role} (test)", role=role, totp_secret=SECRET)
        browser = Client()
        first = browser.post("/accounts/login/", {"login": email, "password": PASSWORD})
        assert first.status_code == 302
        second = browser.post(first["Location"], {"code": code_of_now()})
        assert (second.status_code, second["Location"]) == (302, "/")
        return browser

    return client
