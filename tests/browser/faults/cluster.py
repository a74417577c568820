"""A PostgreSQL of the tests' own, to be stopped without warning and started again."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from tests.conftest import missing


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def programs() -> Path:
    """Return the folder of the newest PostgreSQL; its absence skips, or fails in CI."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        missing("no PostgreSQL on this machine: apt install postgresql")
    return found[-1].parent


class Cluster:
    """A cluster in a folder in /tmp, which PostgreSQL's own user can reach."""

    def __init__(self) -> None:
        self.bin = programs()
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="fundus-pg."))
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        self.run("initdb", "-U", "fundus", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.n_databases = 0

    def run(self, program: str, *arguments: str) -> None:
        """Run a program on the folder as the user PostgreSQL insists on."""
        command = [str(self.bin / program), "-D", str(self.folder), *arguments]
        self.execute(command)

    def execute(self, command: list[str]) -> None:
        """Run a command as a user that is not root."""
        if os.getuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 "
            f"-c unix_socket_directories={self.folder} -c fsync=off"
        )
        self.run("pg_ctl", "-l", str(self.folder / "log"), "-w", "-o", options, "start")

    def crash(self) -> None:
        """Stop it without a farewell, as a lost machine would."""
        self.run("pg_ctl", "-m", "immediate", "-w", "stop")

    def create(self) -> str:
        """Create an empty database and return its address."""
        self.n_databases += 1
        name = f"fundus_{self.n_databases}"
        place = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "fundus"]
        self.execute([str(self.bin / "createdb"), *place, name])
        return f"postgres://fundus@127.0.0.1:{self.port}/{name}"

    def remove(self) -> None:
        """Stop it and leave nothing behind."""
        self.crash()
        shutil.rmtree(self.folder)
