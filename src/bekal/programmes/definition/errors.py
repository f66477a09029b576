"""Errors of programme definitions."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from bekal.core.errors import Invalid, NotFound, Refused
from bekal.programmes.definition.findings import Finding


class DefinitionRefused(Invalid):
    """A file is not the definition of a programme. `findings` lists everything that is wrong with it."""

    code = "definition_refused"
    message = _("The programme definition {file} is refused.\n{problems}")

    def __init__(self, *, file: str, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(file=file, problems="\n".join(map(str, self.findings)))


class UnknownProgramme(NotFound):
    """No packaged definition has this code."""

    code = "unknown_programme"
    message = _("There is no programme “{name}”. Known: {known}.")


class OutsideProgramme(Refused):
    """The programme accepts nobody on that day: no fiscal year of its definition covers it."""

    code = "outside_programme"
    message = _("The programme {programme} accepts nobody on {day}. It accepts people {periods}.")
