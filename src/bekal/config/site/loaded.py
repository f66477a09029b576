"""What the process that serves pages loads."""

import os

from bekal.config.site.ending import end_with
from bekal.config.site.front import Front
from bekal.config.site.server import PROCESS
from bekal.config.wsgi import application

front = Front(application)
end_with(int(os.environ[PROCESS]))
