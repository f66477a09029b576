"""Officers who log in as officers do: password, then the code of an authenticator app."""

import base64
import hashlib
import hmac
import struct
import time
from typing import Final

from django.test import Client

from bekal.access.models import Role
from bekal.access.services import add_user
from tests.web.village import PASSWORD

SECRET: Final = "BEKALTESTBEKALTESTBEKALTESTBEKAL"


def add_officer(role: Role, *, email: str = "") -> str:
    """The e-mail address of a new officer with this role, who has both factors."""
    email = email or f"{role}@example.org"
    add_user(email=email, password=PASSWORD, name=f"{role} (test)", role=role, totp_secret=SECRET)
    return email


def code_of_now(later: int = 0) -> str:
    """The six digits that an authenticator app shows for `SECRET` (RFC 6238), or shows so many codes later."""
    counter = struct.pack(">Q", int(time.time()) // 30 + later)
    digest = hmac.new(base64.b32decode(SECRET), counter, hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def grow_old(browser: Client) -> Client:
    """The browser, whose officer typed a code longer ago than counts."""
    session = browser.session
    session["account_authentication_methods"] = [
        record | {"at": record["at"] - 301} for record in session["account_authentication_methods"]
    ]
    session.save()
    return browser


def enter_office(role: Role, browser: Client | None = None, *, email: str = "") -> Client:
    """A browser of a new officer with this role, logged in with both factors."""
    browser = browser or Client()
    first = browser.post("/accounts/login/", {"login": add_officer(role, email=email), "password": PASSWORD})
    assert first.status_code == 302
    second = browser.post(first["Location"], {"code": code_of_now()})
    assert (second.status_code, second["Location"]) == (302, "/")
    return browser
