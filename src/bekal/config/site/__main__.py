"""One process that serves pages, until it is told to end or its parent ends."""

from argparse import ArgumentParser

from bekal.config.site.server import serve


def main() -> None:
    """Serve on the port of the arguments; several such processes share it."""
    parser = ArgumentParser(prog="python -m bekal.config.site", description=main.__doc__)
    parser.add_argument("--address", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--parent", type=int, required=True, help="the process that started this one, and with which it ends")
    arguments = parser.parse_args()
    serve("bekal.config.site.loaded:front", address=arguments.address, port=arguments.port, parent=arguments.parent)


if __name__ == "__main__":
    main()
