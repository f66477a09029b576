from django.utils.translation import gettext_lazy as _

from bekal.core.errors import Forbidden, Refused


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
