"""The network between browser and server: to be cut, to stall, to lose an answer."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

CHUNK = 65536  # bytes


def close(end: socket.socket) -> None:
    """Close at once, though another thread waits for bytes."""
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@dataclass
class Link:
    """One connection through the wire."""

    client: socket.socket
    server: socket.socket
    is_doomed: bool = False

    def close(self) -> None:
        """Hang up on both ends."""
        close(self.client)
        close(self.server)


@dataclass
class Trap:
    """What happens around the request that begins so; the browser gets no answer."""

    beginning: bytes
    then: Callable[[], None]
    is_answered: bool
    """Whether the server may finish its answer first, which is then lost."""
    sprung: threading.Event


class Wire:
    """Carries bytes from a port of its own to the server's."""

    def __init__(self, upstream: int) -> None:
        self.upstream = upstream
        self.links: list[Link] = []
        self.threads: list[threading.Thread] = []
        self.trap: Trap | None = None
        self.is_cut = False
        self.flows = threading.Event()
        self.flows.set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.run(self.accept)

    def run(self, work: Callable[..., None], *arguments: object) -> None:
        """Work in a thread."""
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self.threads.append(thread)
        thread.start()

    def accept(self) -> None:
        """Take connections until the wire is taken down."""
        while True:
            try:
                client, _address = self.listener.accept()
            except OSError:
                return
            if self.is_cut:
                close(client)
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self.upstream))
            except OSError:  # nobody listens there: the server was killed
                close(client)
                continue
            link = Link(client, server)
            self.links.append(link)
            self.run(self.upwards, link)
            self.run(self.downwards, link)

    def upwards(self, link: Link) -> None:
        """Carry requests; one that the trap waits for goes through, then it springs."""
        with suppress(OSError):
            while data := link.client.recv(CHUNK):
                self.flows.wait()
                trap = self.trap
                if trap is not None and data.startswith(trap.beginning):
                    self.trap, link.is_doomed = None, True
                    link.server.sendall(data)
                    if trap.is_answered:
                        self.run(self.lose_answer, link, trap)
                    else:
                        self.spring(link, trap)
                else:
                    link.server.sendall(data)
        link.close()

    def lose_answer(self, link: Link, trap: Trap) -> None:
        """Wait for the first byte of the answer without taking it."""
        with suppress(OSError):
            link.server.recv(1, socket.MSG_PEEK)
        self.spring(link, trap)

    def spring(self, link: Link, trap: Trap) -> None:
        """Let the fault happen, then hang up."""
        trap.then()
        link.close()
        trap.sprung.set()

    def downwards(self, link: Link) -> None:
        """Carry answers, except to a request that was trapped."""
        with suppress(OSError):
            while link.server.recv(1, socket.MSG_PEEK):
                if link.is_doomed:
                    return  # whoever set the trap hangs up
                data = link.server.recv(CHUNK)
                self.flows.wait()
                link.client.sendall(data)
        link.close()

    def on_request(
        self, beginning: str, then: Callable[[], None], *, is_answered: bool
    ) -> threading.Event:
        """Let something happen at the next request that begins so."""
        sprung = threading.Event()
        self.trap = Trap(beginning.encode(), then, is_answered, sprung)
        return sprung

    def cut(self) -> None:
        """Break every connection and refuse new ones."""
        self.is_cut = True
        self.hang_up()

    def mend(self) -> None:
        """Let everything through again."""
        self.is_cut = False
        self.flows.set()

    def stall(self) -> None:
        """Keep the connections, but let no byte through."""
        self.flows.clear()

    def hang_up(self) -> None:
        """Break every connection."""
        for link in self.links:
            link.close()
        self.links.clear()

    def take_down(self) -> None:
        """Close everything and wait for the threads."""
        self.cut()
        self.flows.set()
        close(self.listener)
        for thread in self.threads:
            thread.join(timeout=5)
