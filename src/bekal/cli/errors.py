from django.utils.translation import gettext_lazy as _

from bekal.core.errors import Invalid, Refused, Unavailable


class MappedTwice(Invalid):
    """One name stands twice in `--map`."""

    code = "mapped_twice"
    message = _("A name stands twice in --map. Name each once.")


class NotADemo(Refused):
    """The database holds a real programme."""

    code = "not_a_demo"
    message = _("This database holds something that is not a demo. Set BEKAL_HOME to another folder for the demo.")


class PortTaken(Unavailable):
    """Something else listens there."""

    code = "port_taken"
    message = _("Port {port} of this machine is in use. Choose another with --port.")
