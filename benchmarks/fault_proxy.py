"""A go-between of client and server that cuts the connection around what commits."""

import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

Cut = Literal["before", "after"]
"""Before the server hears of what commits, or after it has committed and before the client hears so."""

_PORT = 5432
_PATIENCE_SECONDS = 30


class Proxy:
    """Passes everything on until the statement that was asked for; then both sides lose the connection."""

    def __init__(self, folder: Path, server: Path) -> None:
        self.folder = folder
        self._server = str(server / f".s.PGSQL.{_PORT}")
        self._cut: Cut | None = None
        self._committing = b""
        self._commits_left = 0
        self.cuts = 0
        self._links: list[_Link] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / f".s.PGSQL.{_PORT}"))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, how: Cut, *, committing: bytes = b"COMMIT", at_commit: int = 1) -> None:
        """Cut the connection at the n-th message with these bytes from now on, once. A statement alone commits by itself."""
        self._committing, self._commits_left = committing, at_commit
        self._cut = how

    @property
    def is_cutting(self) -> bool:
        """Whether the connection that is to be cut has not been yet."""
        return self._cut is not None

    def drop(self) -> int:
        """Cut every connection that is open, wherever it is; return how many."""
        dropped = [link for link in self._links if not link.is_closed]
        for link in dropped:
            link.close()
        return len(dropped)

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(self._server)
            except OSError:  # the server is away
                client.close()
                continue
            link = _Link(client, server)
            self._links = [open_ for open_ in self._links if not open_.is_closed]
            self._links.append(link)
            threading.Thread(target=self._pass_up, args=(link,), daemon=True).start()
            threading.Thread(target=link.pass_down, daemon=True).start()

    def _pass_up(self, link: "_Link") -> None:
        with suppress(OSError):
            while said := link.client.recv(65536):
                if self._cut is not None and self._committing in said:
                    self._commits_left -= 1
                    if self._commits_left == 0:
                        how, self._cut = self._cut, None
                        if how == "after":
                            link.is_deaf = True
                            link.server.sendall(said)
                            # Once the server has answered it has committed; nobody will hear the answer.
                            link.answered.wait(_PATIENCE_SECONDS)
                        self.cuts += 1
                        break
                link.server.sendall(said)
        link.close()


class _Link:
    """One client's connection and the one to the server on its behalf."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client = client
        self.server = server
        self.is_deaf = self.is_closed = False
        self.answered = threading.Event()

    def pass_down(self) -> None:
        with suppress(OSError):
            while said := self.server.recv(65536):
                if self.is_deaf:
                    self.answered.set()
                else:
                    self.client.sendall(said)
        self.close()

    def close(self) -> None:
        self.is_closed = True
        for end in (self.client, self.server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def proxied(server: Path) -> Iterator[Proxy]:
    """A proxy in front of the server whose socket is in this folder."""
    folder = Path(tempfile.mkdtemp(prefix="bekal-proxy-"))
    proxy = Proxy(folder, server)
    try:
        yield proxy
    finally:
        proxy.close()
        shutil.rmtree(folder)
