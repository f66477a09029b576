from django.utils.translation import gettext_lazy as _

from bekal.core.errors import Invalid, Refused


class PhoneHasAccount(Refused):
    """Somebody made an account for this number, after its code was asked for."""

    code = "phone_has_account"
    message = _("This phone has an account already. Log in with its number and your password.")


class PasswordWeak(Invalid):
    """A password that others guess; the message says what is wrong with it."""

    code = "password_weak"
    message = _("{reason}")


class StepMissing(Invalid):
    """A step of the registration was left out."""

    code = "step_missing"
    message = _("Something is still missing. Please go on at the first page that is not done.")


class ConsentMissing(Invalid):
    """Somebody who did not agree to how their data are used."""

    code = "consent_missing"
    message = _("Please confirm that you agree, or nothing can be registered.")


class BirthDateImpossible(Invalid):
    """A birth date that is no day, in the future, or longer ago than anybody lives."""

    code = "birth_date_impossible"
    message = _("This is no birth date. Write day, month and year in numbers, such as 17 8 1995.")


class AnswerMissing(Invalid):
    """A question that must be answered was not, or was answered twice."""

    code = "answer_missing"
    message = _("Please choose one answer.")


class AnswerUnknown(Invalid):
    """An answer that the question does not offer."""

    code = "answer_unknown"
    message = _("Please choose from these answers.")


class AnswerTooLong(Invalid):
    """A text that is too long."""

    code = "answer_too_long"
    message = _("Please write at most 500 characters.")
