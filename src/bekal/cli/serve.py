"""`bekal serve`: the site of a real programme."""

import logging.config
from argparse import ArgumentParser, Namespace

from django.db import connections

from bekal.cli.arguments import DEFAULT_PORT, PORT_HELP, port_number
from bekal.cli.command import Command, Database
from bekal.cli.errors import DemoNotServed
from bekal.cli.output import report
from bekal.cli.serving import compile_kernels, require_free, served
from bekal.core import clock
from bekal.core.logs import configure_events, logging_config


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--address", metavar="A", default="127.0.0.1", help="where to listen; default %(default)s, for this machine alone"
    )
    parser.add_argument("--port", metavar="P", type=port_number, default=DEFAULT_PORT, help=PORT_HELP)


def _run(arguments: Namespace) -> int:
    from bekal.recommender.engine.batch import warm_up

    require_free(arguments.address, arguments.port)
    if clock.is_demo():
        raise DemoNotServed
    configure_events()
    logging.config.dictConfig(logging_config())
    compile_kernels(warm_up)
    connections.close_all()
    with served(address=arguments.address, port=arguments.port) as site:
        site.wait()
        host = f"[{arguments.address}]" if ":" in arguments.address else arguments.address
        url = f"http://{host}:{arguments.port}"
        report({"url": url}, as_json=arguments.json, text=f"Bekal answers on {url}")
        site.watch()
    return 0


COMMAND = Command(
    name="serve",
    help="serve the site of a real programme, with a worker beside it, until told to end; starts again what ends by itself",
    example="bekal serve --address 10.0.0.5 --port 8000",
    database=Database.HOME,
    configure=_configure,
    run=_run,
    lasts=True,
)
