from django.utils.translation import gettext_lazy as _

from bekal.core.errors import Forbidden, Invalid, Refused, Unavailable


class MappedTwice(Invalid):
    """`--map` gives one name twice."""

    code = "mapped_twice"
    message = _("--map gives one name twice. Give each name once.")


class NobodyNamed(Forbidden):
    """An act of an officer, and the command does not say whose."""

    code = "nobody_named"
    message = _("Say who decides this: --by, with the e-mail address of an operator. The log of acts keeps the name.")


class PortTaken(Unavailable):
    """Something else listens there, or may not listen there at all."""

    code = "port_taken"
    message = _("Nothing can listen on {address}, port {port}: {reason}. Choose another with --port.")


class SiteDoesNotStart(Unavailable):
    """The processes that serve pages end again and again."""

    code = "site_does_not_start"
    message = _("The site does not start; its log says why.")


class DemoNotServed(Refused):
    """A demo's passwords are known to everybody."""

    code = "demo_not_served"
    message = _("This database is a demo, whose passwords everybody knows. Serve it with: bekal demo")


class BadAccountName(Invalid):
    """Not a way to name an account."""

    code = "bad_account_name"
    message = _(
        "“{name}” names no account. Give the account’s number, training:<enrolment>, incentive:<enrolment>, fund:<wave> or"
        " provider:<provider> with their public id."
    )


class FileNotWritten(Unavailable):
    """The file cannot be written."""

    code = "file_not_written"
    message = _("{path} cannot be written: {reason}")


class FileNotRead(Invalid):
    """The file cannot be read, or holds something else."""

    code = "file_not_read"
    message = _("{path} cannot be read: {reason}")


class ReportUnnamed(Invalid):
    """The report does not say whose books, or says it where there is only one."""

    code = "report_unnamed"
    message = _("Name the wave, the provider or the account of the report; the treasury has no name.")
