"""`bekal demo`: a synthetic programme to look at."""

import os
import socket
import subprocess
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

from bekal.cli.command import Command, Database
from bekal.cli.errors import NotADemo, PortTaken
from bekal.cli.output import progress_bar, report, say
from bekal.recommender.errors import ModelUnfair

_ADDRESS = "127.0.0.1"
_DEFAULT_PARTICIPANTS = 20_000
_DEFAULT_PORT = 8000
_PORTS = 65_535
_PATIENCE_SECONDS = 10


def _participants(text: str) -> int:
    return _number(text, least=10, most=5_000_000)


def _port(text: str) -> int:
    return _number(text, least=1, most=_PORTS)


def _number(text: str, *, least: int, most: int) -> int:
    try:
        number = int(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not a whole number") from error
    if not least <= number <= most:
        raise ArgumentTypeError(f"{number} is not from {least} to {most}")
    return number


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument("--participants", metavar="N", type=_participants, default=_DEFAULT_PARTICIPANTS)
    parser.add_argument("--port", metavar="P", type=_port, default=_DEFAULT_PORT)
    parser.add_argument("--no-serve", action="store_true", help="build the demo and end")


def _run(arguments: Namespace) -> int:
    from bekal.participants.models import Participant
    from bekal.recommender.training.services import model_is_current, train_model
    from bekal.simulation import demo

    if not arguments.no_serve:
        _require_free(arguments.port)
    state = demo.demo_state()
    if not state.is_demo:
        if not state.is_empty:
            raise NotADemo
        say(f"Building a synthetic programme of {arguments.participants} participants …")
        with progress_bar("participants", total=arguments.participants) as advance:
            demo.build_demo(participants=arguments.participants, progress=advance)
    if not model_is_current():
        say("Training the recommender …")
        try:
            train_model()
        except ModelUnfair as error:
            say(str(error))
    participants = Participant.objects.count()
    if state.is_demo and participants != arguments.participants:
        say(f"The demo that is there has {participants} participants and is kept.")
    url = None if arguments.no_serve else f"http://{_ADDRESS}:{arguments.port}"
    report(
        {
            "url": url,
            "participants": participants,
            "logins": list(demo.LOGINS),
            "password": demo.DEMO_PASSWORD,
            "totp_secret": demo.DEMO_TOTP_SECRET,
        },
        as_json=arguments.json,
        text="\n".join(
            [
                "Everything in this demo is synthetic: people, providers, courses and money.",
                *([f"Open {url}/accounts/login/"] if url else []),
                f"Logins, all with the password {demo.DEMO_PASSWORD}:",
                *(f"  {login:{max(map(len, demo.LOGINS))}}  {shows}" for login, shows in demo.LOGINS.items()),
                f"The officers' second factor (TOTP secret): {demo.DEMO_TOTP_SECRET}",
            ]
        ),
    )
    if not arguments.no_serve:
        with _worker():
            _serve(arguments.port)
    return 0


def _require_free(port: int) -> None:
    """Find out before the work, not after it, that the port is taken."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((_ADDRESS, port))
        except OSError as error:
            raise PortTaken(port=port) from error


@contextmanager
def _worker() -> Iterator[None]:
    """A worker beside the pages; it ends with this process, whatever ends that."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "bekal.config.main", "worker", "--parent", str(os.getpid())], stdout=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        worker.terminate()
        worker.wait()


def _serve(port: int) -> None:
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    connections.close_all()
    Server(
        "bekal.config.wsgi:application",
        address=_ADDRESS,
        port=port,
        interface=Interfaces.WSGI,
        workers=2,
        blocking_threads=4,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        # One told to end while it starts does not hear it: it still has its parent's handlers.
        workers_kill_timeout=_PATIENCE_SECONDS,
    ).serve()


COMMAND = Command(
    name="demo",
    help="build a synthetic programme, train the recommender, serve the pages on this machine and print the logins",
    database=Database.HOME,
    configure=_configure,
    run=_run,
)
