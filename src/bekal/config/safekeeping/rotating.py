"""`bekal secrets rotate`: new keys, under a new secret."""

import os
from argparse import Namespace
from pathlib import Path

from bekal.cli.command import Command, Database, Group
from bekal.cli.output import progress_bar, report
from bekal.config.postgres import default_home
from bekal.config.secrets import IDENTITY, new_secret, promote_next, write_next


def rotate_secret(home: Path) -> None:
    """Wrap the keys of the database in use under a new identity secret, and keep that in the home folder.

    Killed at any moment, it leaves a secret that opens the database: the former, or one that the next command puts in its place.
    """
    from django.conf import settings

    from bekal.core.keys import reread_keys
    from bekal.core.rotation import rewrap_keys, rotating

    with rotating():
        reread_keys()
        secret = new_secret()
        write_next(home, secret)
        rewrap_keys(secret=secret)
        promote_next(home)
        settings.BEKAL_IDENTITY_SECRET = secret
        reread_keys()


def _rotate(arguments: Namespace) -> int:
    from bekal.access.services import record_act
    from bekal.core.rotation import count_rows, rotate_keys

    is_outside = IDENTITY in os.environ
    if not is_outside:
        rotate_secret(default_home())
    with progress_bar("rows", total=count_rows()) as advance:
        rotated = rotate_keys(progress=advance)
    record_act(actor=None, verb="secrets.rotate", subject="secrets", version=rotated.version, values=rotated.values)
    which = f"{IDENTITY} stays, as it comes from the environment" if is_outside else "under a new identity secret: make a backup"
    report(
        {"version": rotated.version, "values": rotated.values, "new_secret": not is_outside},
        as_json=arguments.json,
        text=f"{rotated.values} values sealed again under key {rotated.version}, {which}. Restart what serves, and workers.",
    )
    return 0


GROUP = Group(
    name="secrets",
    help="the keys under which people's data are sealed",
    commands=(
        Command(
            name="rotate",
            help="make new keys and a new identity secret, and seal everything again that is sealed",
            example="bekal secrets rotate",
            database=Database.HOME,
            run=_rotate,
        ),
    ),
)
