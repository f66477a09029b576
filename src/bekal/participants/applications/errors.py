from django.utils.translation import gettext_lazy as _

from bekal.core.errors import BekalError, Invalid, NotFound, Refused


class NoWindow(Refused):
    """The wave takes no applications now."""

    code = "no_window"
    message = _("This wave takes no applications now. When a wave does is said on the first page.")


class PhoneNotVerified(Refused):
    """Somebody without a verified phone applies: partners text their codes to it."""

    code = "phone_not_verified"
    message = _("Please confirm your phone first: what is decided comes to it, and so do the codes of your trainings.")


class IdentityNotConfirmed(Refused):
    """Somebody applies whose identity was looked into and not confirmed."""

    code = "identity_not_confirmed"
    message = _("What you typed does not agree with your NIK. Please have it corrected before you apply.")


class AppliedElsewhere(Refused):
    """Somebody applies whose application to another wave is still open."""

    code = "applied_elsewhere"
    message = _("You have applied to wave {number} already. You can apply to another one when its result is known.")


class UnknownPriorityGroup(Invalid):
    """A priority group that the programme does not have."""

    code = "unknown_priority_group"
    message = _("The programme has no priority group “{group}”.")


class NotWithdrawable(Refused):
    """It is too late to withdraw an application, or there is none."""

    code = "not_withdrawable"
    message = _("An application can be withdrawn until its wave stops taking applications. This one cannot any more.")


class NotAnnounceable(Refused):
    """A result that does not follow from where an application stands; nothing was changed."""

    code = "not_announceable"
    message = _("{count} of these results do not follow from where their applications stand. Nothing was changed.")


class AnnouncedTooEarly(Refused):
    """Before the minute that the wave's calendar names."""

    code = "announced_too_early"
    message = _("The results of this wave are announced on {moment}, and not before.")


class NumberMistyped(Invalid):
    """No number that anybody can have: its check digit is wrong."""

    code = "number_mistyped"
    message = _("This is no registration number: one of its 12 digits is wrong. Please compare it with yours.")


class TooManyLooks(BekalError):
    """A result was looked for in vain too often: by this number, or from this network."""

    code = "too_many_looks"
    http_status = 429
    message = _("This was tried in vain too often. Log in to see your own application, or try again in an hour.")


class ResultUnknown(NotFound):
    """No application has this registration number and this birth date; the same answer whichever of them is wrong."""

    code = "result_unknown"
    message = _("There is no application with this registration number and this birth date. Please check both.")


class QuestionsOpen(Refused):
    """Somebody applies who has not answered what the programme asks first."""

    code = "questions_open"
    message = _("Please answer the few questions first.")
