from django.utils.translation import gettext_lazy as _

from bekal.core.errors import Invalid, NotFound, Refused


class UnknownTraining(NotFound):
    """No training has this code or id."""

    code = "unknown_training"
    message = _("There is no training “{training}”.")


class NoSeatLeft(Refused):
    """Every seat is taken."""

    code = "no_seat_left"
    message = _("This training is full: no seat is left.")


class BadPrice(Invalid):
    """Not a whole number of rupiah from 0 to what an account can hold."""

    code = "bad_price"
    message = _("{price} is not a price: it must be a whole number of rupiah from 0 to {largest}.")


class BadTraining(Invalid):
    """A training that is to be added says something impossible; nothing was added."""

    code = "bad_training"
    message = _("Training “{training}” cannot be added, for its {name}. {reason} Nothing was added.")


class CodesTaken(Refused):
    """Trainings that are to be added have codes that are in use, or the same code twice; nothing was added."""

    code = "codes_taken"
    message = _("These codes are in use already or are given twice: {codes}. Nothing was added.")


class MappingUnknown(Invalid):
    """The mapping of columns names something that a training does not have."""

    code = "mapping_unknown"
    message = _("A training has no “{name}”. What can be imported is: {names}. Nothing was imported.")


class MappingMissing(Invalid):
    """The mapping of columns lacks something that every training must have."""

    code = "mapping_missing"
    message = _("Say which column of the file holds the {name} of a training. Nothing was imported.")


class BadRate(Invalid):
    """The exchange rate is not a number above zero that can be used."""

    code = "bad_rate"
    message = _(
        "{rate} is not an exchange rate: it must be the rupiah for one unit of the file’s currency, above 0."
        " Nothing was imported."
    )
