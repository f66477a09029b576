"""The two pages of a login: the password, and the code of an authenticator app."""

from http import HTTPStatus
from typing import Any, Final

from allauth.account.adapter import get_adapter
from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.views import LoginView as AllauthLoginView
from allauth.core import context
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.views import AuthenticateView
from django.forms import CharField, Form
from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from bekal.access.codes import use_code
from bekal.access.errors import CodeWrong, NoSecondFactor, TooManyTries
from bekal.web.accounts import TOO_MANY
from bekal.web.network import origin_of

_NAME_CHARACTERS: Final = 254
"""As long as an e-mail address can be."""


class LoginForm(AllauthLoginForm):  # type: ignore[misc]
    """A telephone number or an e-mail address, and the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = CharField(label=_("Phone number or e-mail address"), max_length=_NAME_CHARACTERS)


class CodeForm(AuthenticateForm):  # type: ignore[misc]
    """The code, counted and used up by `access`."""

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        try:
            self.authenticator = use_code(user=self.user, code=code, origin=origin_of(context.request))
        except TooManyTries as error:
            raise get_adapter().validation_error(TOO_MANY) from error
        except (CodeWrong, NoSecondFactor) as error:
            raise get_mfa_adapter().validation_error("incorrect_code") from error
        return code


class LoginView(AllauthLoginView):  # type: ignore[misc]
    """The page of the password."""

    def form_invalid(self, form: Form) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)
        response.status_code = _status(form)
        return response


@method_decorator([sensitive_post_parameters("code"), never_cache], name="dispatch")
class CodeView(AuthenticateView):  # type: ignore[misc]
    """The page of the second factor."""

    form_class = CodeForm

    def form_invalid(self, form: Form) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)
        response.status_code = _status(form)
        return response


def _status(form: Form) -> int:
    """200, as forms with errors are answered, or 429 where the try was not judged."""
    problems = (error.code for errors in form.errors.as_data().values() for error in errors)
    return HTTPStatus.TOO_MANY_REQUESTS if TOO_MANY in problems else HTTPStatus.OK
