from django.utils.translation import gettext_lazy as _

from bekal.core.errors import BekalError, Forbidden, Invalid, Refused, Unavailable


class PhoneMalformed(Invalid):
    """What was typed is no telephone number."""

    code = "phone_malformed"
    message = _("This is not a telephone number. Type it as you give it to friends, such as 0812 3456 7890.")


class PhoneVerified(Refused):
    """The number is this person's verified one already."""

    code = "phone_verified"
    message = _("This number is already the one that you confirmed.")


class TooManyCodes(BekalError):
    """Codes were asked for too often: for the number, by the person, or from the network."""

    code = "too_many_codes"
    http_status = 429
    message = _("Codes were asked for too often. If you have one that is valid, it stays so; you can ask for another later.")


class NoCodeWaiting(Refused):
    """There is no code that could be typed: none was asked for, or it is used, too old, or was mistyped too often."""

    code = "no_code_waiting"
    message = _("There is no valid code any more. Ask for a new one.")


class CodeMistyped(Forbidden):
    """The code that was sent by SMS is another one."""

    code = "code_mistyped"
    message = _("This code is not right. Tries left: {left}.")


class SmsAway(Unavailable):
    """No SMS leaves this installation now: no gateway is set, or sending is off since a restore."""

    code = "sms_away"
    message = _("SMS cannot be sent at the moment. Please try again later.")


class SendingNotStopped(Refused):
    """Sending is on already."""

    code = "sending_not_stopped"
    message = _("Messages are being sent already.")


class BeingSent(Refused):
    """A message that was named is being sent at this moment."""

    code = "being_sent"
    message = _(
        "One of these messages is being sent at this moment. What the gateway answers is known in two minutes: look again then."
    )


class SettledMeanwhile(Refused):
    """What is unknown of a kind is not what the page showed."""

    code = "settled_meanwhile"
    message = _("What is unknown of this kind has changed since the page was made. Nothing was changed; look at it again.")


class NothingToSettle(Refused):
    """None of the messages that were named is unknown any more."""

    code = "nothing_to_settle"
    message = _("None of these messages is unknown any more. Look at the page again.")
