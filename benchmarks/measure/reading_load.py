"""Readers at once: each rates, then fetches the next image, over its own connection."""

import json
import socket
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.measure.reading_servers import Server
from benchmarks.measure.reading_study import Seat


class Connection:
    """Keeps a connection open and asks again; as little work as it can."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address
        self.socket: socket.socket | None = None

    def ask(self, head: str, body: bytes = b"") -> tuple[int, bytes]:
        """Send a request, read the answer; once more if the connection was closed."""
        text = f"{head}Host: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n"
        for attempt in range(2):
            try:
                if self.socket is None:
                    self.socket = socket.create_connection(self.address, timeout=60)
                self.socket.sendall(text.encode() + body)
                return self.answer(self.socket)
            except ConnectionError:
                self.close()
                if attempt:
                    raise
        raise ConnectionError

    def answer(self, open_socket: socket.socket) -> tuple[int, bytes]:
        data = bytearray()
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self.receive(open_socket)
        head = bytes(data[:end]).lower()
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        while len(data) < end + 4 + length:
            data += self.receive(open_socket)
        if b"connection: close" in head:
            self.close()
        return int(head[9:12]), bytes(data[end + 4 : end + 4 + length])

    def receive(self, open_socket: socket.socket) -> bytes:
        part = open_socket.recv(1 << 18)
        if not part:
            raise ConnectionResetError
        return part

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
        self.socket = None


@dataclass
class Load:
    """What a number of readers at once measured."""

    seconds: list[float] = field(default_factory=list)
    wall: float = 0.0
    cpu: float = 0.0
    refused: int = 0

    def __iadd__(self, other: "Load") -> "Load":
        """Add another round."""
        self.seconds += other.seconds
        self.wall += other.wall
        self.cpu += other.cpu
        self.refused += other.refused
        return self

    @property
    def rate(self) -> float:
        """Cycles a second."""
        return len(self.seconds) / self.wall

    @property
    def p95(self) -> float:
        """The 95th percentile of a cycle, in milliseconds."""
        return 1000 * sorted(self.seconds)[int(0.95 * (len(self.seconds) - 1))]


def ours(link: Connection, seat: Seat) -> bool:
    """One cycle of the reading room: rating with the next case, and its image."""
    item = seat.items[seat.done]
    base = f"/api/reading/{seat.session}/{item}"
    cookies = (
        f"HTTP/1.1\r\nCookie: sessionid={seat.cookie}; csrftoken={seat.csrf}\r\n"
        f"X-CSRFToken: {seat.csrf}\r\nContent-Type: application/json\r\n"
    )
    rating = {
        "score": 50,
        "timing": {"elapsed_ms": 900, "paint_ms": 20, "active_ms": 900},
        "idempotency_key": str(uuid.uuid4()),
    }
    status, _body = link.ask(
        f"POST {base}/rating/ {cookies}", json.dumps(rating).encode()
    )
    if status not in {200, 201}:
        return False
    seat.done += 1
    following = seat.items[min(seat.done, len(seat.items) - 1)]
    address = f"/api/reading/{seat.session}/{following}/image/"
    return link.ask(f"GET {address} {cookies}")[0] == 200 or seat.left == 0


def bare(link: Connection, seat: Seat) -> bool:
    """The same two requests at the bare server."""
    cookies = (
        f"HTTP/1.1\r\nCookie: sessionid={seat.bare_cookie}; csrftoken={seat.csrf}\r\n"
        f"X-CSRFToken: {seat.csrf}\r\nContent-Type: application/json\r\n"
    )
    rated = link.ask(f"POST /rate/ {cookies}", b"{}")[0]
    return rated == 200 and link.ask(f"GET /image/ {cookies}")[0] == 200


def load(
    server: Server,
    cycle: Callable[[Connection, Seat], bool],
    chairs: list[list[Seat]],
    seconds: float,
) -> Load:
    """Let one thread a chair read for some seconds; its seats take turns."""
    measured, lock = Load(), threading.Lock()
    until = time.monotonic() + seconds

    def sit(seats: list[Seat]) -> None:
        link, own, refused = Connection(server.address), [], 0
        for seat in seats:
            while seat.left > 1 and time.monotonic() < until:
                start = time.monotonic()
                if cycle(link, seat):
                    own.append(time.monotonic() - start)
                else:
                    refused += 1
                    break
        link.close()
        with lock:
            measured.seconds += own
            measured.refused += refused

    threads = [threading.Thread(target=sit, args=[seats]) for seats in chairs]
    cpu, start = server.seconds(), time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    measured.wall = time.monotonic() - start
    measured.cpu = server.seconds() - cpu
    return measured
