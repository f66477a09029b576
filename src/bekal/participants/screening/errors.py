from django.utils.translation import gettext_lazy as _

from bekal.core.errors import Invalid, NotFound, Refused


class ListsOutdated(Refused):
    """The keys were rotated after a list was imported: its entries are of a key that is no longer used."""

    code = "lists_outdated"
    message = _(
        "The keys were rotated since these lists were imported: {codes}. Import them again; nobody is screened until then."
    )


class UnknownList(NotFound):
    """No programme has an exclusion of this code."""

    code = "unknown_list"
    message = _("No programme knows a list “{name}”. Known: {known}.")


class ListOlder(Refused):
    """The list in use is of a later day."""

    code = "list_older"
    message = _("The list “{list}” in use is of {day}, later than this one. Nothing was imported.")


class SourceMissing(Invalid):
    """A list without its source."""

    code = "source_missing"
    message = _("Say where the list comes from, in 1 to 200 characters, such as the number of a letter.")


class NothingFound(Refused):
    """There is no open hit."""

    code = "nothing_found"
    message = _("Nothing that a check found of this person waits for a decision.")
