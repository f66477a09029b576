"""Settings of the processes that serve pages: as of any service, with an end to how long the database bears with a request."""

import os

from bekal.config.databases import Limits, connection_settings
from bekal.config.service_settings import *  # noqa: F403
from bekal.config.service_settings import BEKAL_STATEMENT_SECONDS, DATABASES

PAGE_LIMITS = Limits(statement_seconds=BEKAL_STATEMENT_SECONDS, lock_seconds=3, idle_seconds=15)
DATABASES["default"].update(connection_settings(os.environ.get("DATABASE_URL"), limits=PAGE_LIMITS))
