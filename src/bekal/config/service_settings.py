"""Settings of what serves for long: as everywhere, with structured logs on standard output."""

from bekal.config.settings import *  # noqa: F403
from bekal.core.logs import configure_events, logging_config, tell_crashes

LOGGING = logging_config()
configure_events()
tell_crashes()
