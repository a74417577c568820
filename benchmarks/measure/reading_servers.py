"""What is measured needs: a private PostgreSQL, and gunicorn as in production."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORKERS, THREADS = 2, 8
TICKS = os.sysconf("SC_CLK_TCK")  # of processor time in a second


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def programs() -> Path:
    """Folder of PostgreSQL's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not found:
        sys.exit("PostgreSQL is not installed (apt install postgresql).")
    return found[-1]


def as_postgres(*command: str) -> None:
    """Run as the user that PostgreSQL insists on; root must not."""
    who = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run([*who, *command], check=True, stdout=subprocess.DEVNULL)


class Cluster:
    """A private cluster on loopback, durable: fsync stays on."""

    def __init__(self, folder: Path) -> None:
        self.bin, self.folder, self.port = programs(), folder, free_port()
        self.log = folder / "log"
        self.url = f"postgres://fundus@127.0.0.1:{self.port}/fundus"

    def start(self) -> None:
        data, options = str(self.folder / "data"), f"-p {self.port}"
        options += (
            f" -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
        )
        args = ("-U", "fundus", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        as_postgres(str(self.bin / "initdb"), "-D", data, *args)
        log = ("-l", str(self.log), "-w", "-o", options)
        as_postgres(str(self.bin / "pg_ctl"), "-D", data, *log, "start")
        where = ("-h", "127.0.0.1", "-p", str(self.port), "-U", "fundus")
        as_postgres(str(self.bin / "createdb"), *where, "fundus")

    def stop(self) -> None:
        data = str(self.folder / "data")
        as_postgres(str(self.bin / "pg_ctl"), "-D", data, "-m", "immediate", "stop")


@contextlib.contextmanager
def cluster() -> Iterator[Cluster]:
    """Give a cluster that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="fundus-bench."))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    made = Cluster(folder)
    try:
        made.start()
        yield made
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            made.stop()
        shutil.rmtree(folder, ignore_errors=True)


class Server:
    """A gunicorn process and its workers."""

    def __init__(self, application: str, env: dict[str, str]) -> None:
        self.port = free_port()
        self.process = subprocess.Popen(
            [
                str(Path(sys.executable).parent / "gunicorn"),
                *("-c", "deploy/gunicorn_conf.py", "-b", f"127.0.0.1:{self.port}"),
                application,
            ],
            cwd=ROOT,
            env={**os.environ, **env, "WEB_WORKERS": str(WORKERS)},
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        until = time.monotonic() + 30
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(self.address):
                return
            time.sleep(0.1)
        sys.exit(f"{application} did not start")

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", self.port

    def seconds(self) -> float:
        """Processor time of the workers so far."""
        pids = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        total = 0
        for pid in pids.read_text().split():
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
