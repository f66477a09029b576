from django.utils.translation import gettext_lazy as _

from bekal.core.errors import BekalError, Forbidden, Refused


class RoleMissing(Forbidden):
    """The act needs a role that this user does not hold."""

    code = "role_missing"
    message = _("Only a user with the role “{role}” may do this.")


class SamePerson(Forbidden):
    """Proposer and approver are one person."""

    code = "same_person"
    message = _("The person who proposed this cannot approve it: a second person must.")


class ProposalStateWrong(Refused):
    """What was proposed is in a state that does not allow this."""

    code = "proposal_state_wrong"
    message = _("This is already {state}.")


class SecondFactorMissing(Forbidden):
    """An officer came in without a second factor."""

    code = "second_factor_missing"
    message = _("The programme office needs a second factor. Log in again with the code of your authenticator app.")


class OfficersOnly(Forbidden):
    """A page of the programme office."""

    code = "officers_only"
    message = _("These pages are for the programme office.")


class KeyNameTaken(Refused):
    """Two keys in use would have one name."""

    code = "key_name_taken"
    message = _("A key named “{name}” is in use. Revoke it first, or choose another name.")


class TooManyTries(BekalError):
    """Passwords or codes of one account were tried too often from where nobody came in before."""

    code = "too_many_tries"
    http_status = 429
    message = _(
        "Too many wrong tries at this account. Try again in an hour, or now in a browser or a network with which"
        " you have logged in before."
    )


class CodeNeeded(Forbidden):
    """An act asks for a fresh one-time code, and none was given."""

    code = "code_needed"
    message = _("Type the six digits that your authenticator app shows now.")


class CodeWrong(Forbidden):
    """The one-time code is wrong, or was used before."""

    code = "code_wrong"
    message = _("This code is not right, or was used already. Type the six digits that the app shows now.")


class NoSecondFactor(Forbidden):
    """Somebody is asked for a code who has no authenticator app."""

    code = "no_second_factor"
    message = _("{name} has no second factor, so nobody can act under this name here.")
