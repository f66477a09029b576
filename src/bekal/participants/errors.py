from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bekal.core.errors import BekalError, Invalid, Refused, Unavailable


class _Part(BekalError):
    """An error whose message depends on which part is wrong."""

    messages: ClassVar[dict[str, str | Promise]]

    def __str__(self) -> str:
        return str(self.messages[str(next(iter(self.details.values())))])


class NikMalformed(_Part, Invalid):
    """Not a possible NIK."""

    code = "nik_malformed"
    messages = {
        "length": _("A NIK has exactly 16 digits. Please copy it from your identity card (KTP)."),
        "region": _("The first six digits of this NIK name no region of Indonesia. Please check them."),
        "birth_date": _("Digits 7 to 12 of this NIK are not a birth date. Please check them."),
        "serial": _("The last four digits of a NIK are never 0000. Please check them."),
    }


class NothingToVerify(Refused):
    """The person's NIK agrees with what was typed."""

    code = "nothing_to_verify"
    message = _("The NIK of this registration says what the person typed: there is nothing to verify.")


class IdentityDecided(Refused):
    """A confirmation is final."""

    code = "identity_decided"
    message = _("This registration was confirmed already.")


class NikTakesPart(Refused):
    """A claim cannot be decided for the claimant while the one who has the NIK takes part in a wave, or did."""

    code = "nik_takes_part"
    message = _("Whoever is registered with this NIK takes part in a wave, or did. That has to be settled first.")


class EvidenceMissing(Invalid):
    """A decision without what it rests on."""

    code = "evidence_missing"
    message = _("Name what was seen, in 1 to 200 characters, such as the number of a letter or of the registry’s answer.")


class AlreadyRegistered(Refused):
    """The NIK is registered already."""

    code = "already_registered"
    message = _("This NIK is already registered.")


class TextMalformed(_Part, Invalid):
    """A name or an occupation that cannot be kept."""

    code = "text_malformed"
    messages = {
        "name": _("Please write a name of 1 to 200 characters."),
        "occupation": _("Please write an occupation of 1 to 32 characters."),
        "province": _("Please choose a province."),
    }


class HouseholdMalformed(Invalid):
    """Not a possible number of a family card."""

    code = "household_malformed"
    message = _("The number of a family card (KK) has exactly 16 digits. Please copy it from your card.")


class NotEligible(_Part, Refused):
    """A rule of the programme excludes the person; `rule` says which."""

    code = "not_eligible"
    messages = {
        "erased": _("Your data were erased at your request, and you cannot join again."),
        "to_be_verified": _(
            "Your NIK says another birth date or sex than you typed. Please check what you typed. If it is right, we ask the"
            " population registry, and you can join once it has answered."
        ),
        "identity_refused": _(
            "The population registry has another birth date or sex of you. Please have your data corrected there."
        ),
        "registered_twice": _("You are registered twice, and only your first registration counts."),
        "barred": _("You took part in an earlier wave and cannot join again."),
        "in_another_wave": _("You already take part in another wave of this programme."),
        "too_young": _("You are younger than the programme accepts."),
        "too_old": _("You are older than the programme accepts."),
        "education": _("The programme is open to people with a higher education."),
        "listed": _("You are on a list of people to whom the programme is not open."),
        "excluded_occupation": _("The programme is not open to people with your occupation."),
        "household_full": _("As many people of your household take part as the programme accepts."),
    }


class AlreadyEnrolled(Refused):
    """The person is in this wave already."""

    code = "already_enrolled"
    message = _("You already take part in this wave.")


class PersonErased(Refused):
    """The person's data key was destroyed; what it sealed can't be opened any more."""

    code = "person_erased"
    message = _("This person’s data were erased and cannot be read or used any more.")


class SealedOtherwise(Unavailable):
    """The database holds people from before each had a data key."""

    code = "sealed_otherwise"
    message = _(
        "This database was made before each person’s data were sealed under a key of their own, and cannot be changed into one in"
        " which they are. Begin with a new one: name another in DATABASE_URL, or another folder in BEKAL_HOME."
    )
