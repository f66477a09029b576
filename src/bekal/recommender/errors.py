from django.utils.translation import gettext_lazy as _

from bekal.core.errors import Corrupt, Invalid, Refused, Unavailable


class NoModel(Unavailable):
    """Nothing was published, or the published file cannot be used."""

    code = "no_model"
    message = _("No recommendation model serves at present. Train one and publish it.")


class ModelFileUnusable(Corrupt):
    """The file of a model is gone, was changed, or is none."""

    code = "model_file_unusable"
    message = _("The file of the model {name} cannot be used: {reason}")


class NothingToLearn(Refused):
    """No purchase to learn from."""

    code = "nothing_to_learn"
    message = _("There is no purchase that a model could learn from.")


class ModelUnfair(Refused):
    """The gate: the model serves some group worse than popularity would."""

    code = "model_unfair"
    message = _("The model {name} is not published, because it is not fair enough: {reasons}")


class OverrideNotNeeded(Invalid):
    """The gate let the model through."""

    code = "override_not_needed"
    message = _("The model {name} passes. Publish it without an override.")


class OverrideIncomplete(Invalid):
    """Overriding the gate takes two named people and a reason."""

    code = "override_incomplete"
    message = _("An override needs who publishes, who overrides, and a reason of up to 1,000 characters.")


class NothingToRollBackTo(Refused):
    """No publication came before the one that holds."""

    code = "nothing_to_roll_back_to"
    message = _("No other model served before the present one.")


class LevelUnknown(Invalid):
    """A sex, education or province that nobody knows.

    The message is of the first; the detail `unknown` lists all (`serving.outside.UnknownLevel`).
    """

    code = "level_unknown"
    message = _("“{level}” is no known {attribute}. Known are: {known}.")
