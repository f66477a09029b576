"""The embedded PostgreSQL: nothing to install, nothing to configure, the same database as in production.

    with running_server(default_home()) as server:
        ensure_database(server.url("bekal"))

Works before Django is set up. Reasons why it cannot run are `PostgresUnavailable`.
"""

from bekal.config.postgres.binaries import client_program
from bekal.config.postgres.clones import clone_database, scratch_database
from bekal.config.postgres.databases import drop_database, ensure_database
from bekal.config.postgres.errors import PostgresUnavailable
from bekal.config.postgres.folders import default_home, prepare_home
from bekal.config.postgres.keeping import kept_running
from bekal.config.postgres.server import Server, running_server

__all__ = [
    "PostgresUnavailable",
    "Server",
    "client_program",
    "clone_database",
    "default_home",
    "drop_database",
    "ensure_database",
    "kept_running",
    "prepare_home",
    "running_server",
    "scratch_database",
]
