"""How people log in: django-allauth, adapted."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from bekal.access.errors import CodeWrong, TooManyTries
from bekal.access.factors import open_secret, seal_secret
from bekal.access.models import User
from bekal.access.passwords import user_with_password
from bekal.access.services import record_act
from bekal.web.network import client_network, origin_of, remember_browser

TOO_MANY = "too_many_tries"
"""The code of the form's error where a try was not judged."""


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by registration and by the programme office, never by a sign-up form; tries are counted by `access`."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _(
            "This phone number or e-mail address and this password do not belong together. Please check both."
        ),
        TOO_MANY: TooManyTries.message,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        try:
            return user_with_password(name=credentials["email"], password=credentials["password"], origin=origin_of(request))
        except TooManyTries as error:
            raise self.validation_error(TOO_MANY) from error

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Everybody who logged in comes by here, with every factor."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        _forget_address(request)
        remember_browser(request, response, user)
        record_act(actor=user, verb="login.enter", subject=f"user:{user.public_id}", network=client_network(request))
        return response


def _forget_address(request: HttpRequest) -> None:
    """Take the address that was typed out of the session, which would keep it when the person is erased."""
    for record in request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, []):
        if record.pop("email", None) is not None:
            request.session.modified = True


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """The secrets of second factors are sealed at rest, each for its user."""

    error_messages = DefaultMFAAdapter.error_messages | {"incorrect_code": CodeWrong.message}

    def encrypt(self, text: str) -> str:
        return seal_secret(text)

    def decrypt(self, encrypted_text: str) -> str:
        return open_secret(encrypted_text)
