from django.utils.translation import gettext_lazy as _

from bekal.core.errors import BekalError, Corrupt, Forbidden, Invalid, NotFound, Refused


class NoPlacesToDraw(Refused):
    """People are accepted into this wave without applying."""

    code = "no_places_to_draw"
    message = _("This wave takes no applications, so there is nothing to draw.")


class WindowOpen(Refused):
    """People can still apply."""

    code = "window_open"
    message = _("People can apply to this wave until {moment}. The draw can be frozen after that.")


class DrawExists(Refused):
    """The wave has a draw that is not cancelled."""

    code = "draw_exists"
    message = _("This wave has a draw already. Another one can only begin when it is cancelled.")


class NobodyEligible(Refused):
    """No application of the wave was found eligible."""

    code = "nobody_eligible"
    message = _("No application to this wave was found eligible, so there is nobody to draw.")


class BeaconOutsideDemo(Forbidden):
    """Everybody knows the test beacon's key."""

    code = "test_beacon_outside_demo"
    message = _("The test beacon decides nothing outside a demo: anybody can compute its values in advance.")


class RoundTooEarly(Refused):
    """The random value could be known before everybody has the list."""

    code = "round_too_early"
    message = _(
        "The random value of this draw is due on {due}, which must be at least an hour ahead. Nothing was changed. If the draw"
        " was frozen already, cancel it, and freeze it with a later time."
    )


class RoundAfterAnnouncement(Refused):
    """The value would come after the results are promised."""

    code = "round_after_announcement"
    message = _("The results of this wave are announced on {moment}. Choose a time before that for the random value.")


class DrawDiffers(Refused):
    """The draw is not the one that was shown."""

    code = "draw_differs"
    message = _("This draw is not the one that the page showed. Nothing was changed. Look at it again before you decide.")


class DrawStateWrong(Refused):
    """The draw does not stand where this act begins."""

    code = "draw_state_wrong"
    message = _("This draw is: {state}. This step is not possible now.")


class SignatureMalformed(Invalid):
    """What was handed in cannot be a signature."""

    code = "signature_malformed"
    message = _("A signature has 96 digits from 0 to 9 and a to f. Copy it whole from the beacon’s answer.")


class SignatureFalse(Refused):
    """The signature is not that of the round that counts."""

    code = "signature_false"
    message = _("This is not the signature of round {round}. Nothing was changed. Copy that round’s signature from the beacon.")


class ValueNotDue(Refused):
    """Before the time of the round."""

    code = "value_not_due"
    message = _("The random value of this draw is due on {due}, and cannot be known before.")


class ReserveEnded(Refused):
    """The definition's day for moving up has passed."""

    code = "reserve_ended"
    message = _("The reserve list of this wave ended on {day}. Places that fall free now stay free.")


class ReserveLasts(Refused):
    """The reserve list can still be needed."""

    code = "reserve_lasts"
    message = _("People on the reserve list of this wave can move up until {day}.")


class ReasonMissing(Invalid):
    """A draw is cancelled without a word."""

    code = "draw_reason_missing"
    message = _("Say why the draw is cancelled. Everybody can read it.")


class DrawBroken(Corrupt):
    """What was frozen is not what is stored."""

    code = "draw_broken"
    message = _("The stored list of this draw is not the one that was frozen: {reason}. Nothing was drawn.")


class NobodyMovesUp(Refused):
    """No place is free, or nobody can take it."""

    code = "nobody_moves_up"
    message = _("No place of this wave is free, or nobody on the reserve list can take it.")


class TooManySignatures(BekalError):
    """One network hands in signature after signature."""

    code = "too_many_signatures"
    http_status = 429
    message = _("Too many signatures were handed in from your network. Try again in an hour.")


class NoDraw(NotFound):
    """The wave has no draw that is not cancelled."""

    code = "no_draw"
    message = _("This wave has no draw now. Look at its page again.")
