"""Databases on any PostgreSQL server, embedded or not. Each is named by its own URL."""

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo


def ensure_database(url: str) -> bool:
    """Create the database that `url` names, empty and in UTF-8, unless it is there. Returns whether it was created.

    Raises:
        psycopg.Error: the server does not answer, or its user may not create databases.
    """
    name, server = split_url(url)
    with psycopg.connect(server, autocommit=True) as connection:
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).rowcount:
            return False
        # template0 is the one template to which nobody can be connected, which would make this fail.
        create = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name))
        try:
            connection.execute(create)
        except (errors.DuplicateDatabase, errors.UniqueViolation):  # somebody else did so at the same moment
            return False
    return True


def drop_database(url: str) -> None:
    """Drop the database that `url` names, if it is there, together with everybody's connections to it.

    Raises:
        psycopg.Error: the server does not answer, or its user may not drop it.
    """
    name, server = split_url(url)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def split_url(url: str) -> tuple[str, str]:
    """The name of a database, and the address of the one that every server has."""
    return str(conninfo_to_dict(url)["dbname"]), make_conninfo(url, dbname="postgres")
