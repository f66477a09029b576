"""`bekal demo`: a synthetic programme to look at."""

import logging.config
import os
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from secrets import token_urlsafe
from typing import Final

from django.conf import settings
from django.db import connections

from bekal.cli.arguments import DEFAULT_PORT, PORT_HELP, port_number, whole_number
from bekal.cli.command import Command, Database
from bekal.cli.output import progress_bar, report, say, waiting_bar
from bekal.cli.serving import compile_kernels, require_free, served
from bekal.core.logs import logging_config
from bekal.recommender.errors import ModelUnfair

_ADDRESS: Final = "127.0.0.1"
_SECRET_BYTES: Final = 32
_DEFAULT_PARTICIPANTS: Final = 20_000


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--participants",
        metavar="N",
        type=whole_number(least=10, most=5_000_000),
        default=_DEFAULT_PARTICIPANTS,
        help="how many people the wave has, from 10 to 5000000; default %(default)s",
    )
    parser.add_argument("--port", metavar="P", type=port_number, default=DEFAULT_PORT, help=PORT_HELP)
    parser.add_argument("--no-serve", action="store_true", help="build the demo and end")
    parser.add_argument("--reset", action="store_true", help="delete the demo that is there, and build it anew")


def _database(arguments: Namespace) -> Database:
    return Database.NEW_DEMO if arguments.reset else Database.DEMO


def _run(arguments: Namespace) -> int:
    from bekal.participants.models import Participant
    from bekal.recommender.engine.batch import warm_up
    from bekal.recommender.training.services import model_is_current, train_model
    from bekal.simulation import demo

    if not arguments.no_serve:
        require_free(_ADDRESS, arguments.port)
    was_there = demo.is_built()
    if not was_there:
        say(f"Building a synthetic programme of {arguments.participants} participants …")
        with progress_bar("participants", total=arguments.participants) as advance:
            demo.build_demo(participants=arguments.participants, progress=advance)

    def learn() -> None:
        if model_is_current():
            return
        with waiting_bar("Training the recommender"):
            try:
                train_model()
            except ModelUnfair as error:
                say(str(error))

    if not was_there:
        compile_kernels(warm_up)
        learn()
    # Without those who applied to the waves that come.
    participants = Participant.objects.filter(enrolments__isnull=False, applications__isnull=True).count()
    if was_there and participants != arguments.participants:
        say(f"The demo that is there has {participants} participants and is kept. --reset builds it anew.")
    url = None if arguments.no_serve else f"http://{_ADDRESS}:{arguments.port}"
    said: dict[str, object] = {
        "url": url,
        "participants": participants,
        "logins": list(demo.LOGINS),
        "password": demo.DEMO_PASSWORD,
        "totp_secret": demo.DEMO_TOTP_SECRET,
    }
    text = "\n".join(
        [
            "Everything in this demo is synthetic: people, providers, courses and money.",
            *([f"Open {url}/accounts/login/"] if url else []),
            f"Logins, all with the password {demo.DEMO_PASSWORD}:",
            *(f"  {login:{max(map(len, demo.LOGINS))}}  {shows}" for login, shows in demo.LOGINS.items()),
            f"The officers' second factor (TOTP secret): {demo.DEMO_TOTP_SECRET}",
        ]
    )
    if url is None:
        learn()
        report(said, as_json=arguments.json, text=text)
    else:
        # What is there already is looked at while the pages start.
        _serve(arguments.port, meanwhile=learn, said=said, as_json=arguments.json, text=text)
    return 0


def _serve(port: int, *, meanwhile: Callable[[], None], said: dict[str, object], as_json: bool, text: str) -> None:
    """Serve the demo, and say where once it answers; what its processes say goes into a file beside the data.

    SMS go to a stand-in in this process, whose page shows them.
    """
    from bekal.messages.channels.sms.standin import running

    secret = token_urlsafe(_SECRET_BYTES)
    path = Path(settings.BEKAL_HOME) / "demo.log"
    with path.open("w") as log:
        path.chmod(0o600)
        logging.config.dictConfig(logging_config(log))
        with running(secret=secret, report_to=f"http://{_ADDRESS}:{port}/gateways/sms/reports/") as phones:
            # For the processes that are started from here on.
            os.environ |= {"BEKAL_SMS_URL": phones.url, "BEKAL_SMS_SECRET": secret}
            with served(address=_ADDRESS, port=port, log=log) as site:
                meanwhile()
                connections.close_all()
                site.wait()
                text += f"\nNo SMS leaves this machine: {phones.url} shows them.\nWhat happens there is written into {path}."
                report(said | {"sms": phones.url}, as_json=as_json, text=text)
                site.watch()


COMMAND = Command(
    name="demo",
    help="build a synthetic programme, train the recommender, serve the pages on this machine and print the logins",
    example="bekal demo --participants 2000 --port 8080",
    database=_database,
    configure=_configure,
    run=_run,
    lasts=True,
)
