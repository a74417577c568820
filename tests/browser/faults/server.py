"""A server as in production: gunicorn in processes of its own, killed and started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from django.conf import settings

ROOT = Path(__file__).resolve().parents[3]
SECONDS = 60  # for a start on a busy machine


class Server:
    """gunicorn with deploy's settings, a database and a folder."""

    def __init__(self, *, port: int, database_url: str, var: Path) -> None:
        self.port = port
        self.log = var / "server.log"
        self.mails = var / "mails"
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("DJANGO")},
            "DATABASE_URL": database_url,
            "FUNDUS_VAR": str(var),
            "SECRET_KEY": settings.SECRET_KEY,  # the test's logins are good there
            "CHAIN_KEY": settings.CHAIN_KEY,
            "EMAIL_URL": f"filemail://{self.mails}",
            "DEFAULT_FROM_EMAIL": "study@example.org",
            "OMP_NUM_THREADS": "1",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        gunicorn = Path(sys.executable).parent / "gunicorn"
        bind = ["-c", "deploy/gunicorn_conf.py", "-b", f"127.0.0.1:{self.port}"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [gunicorn, *bind, "fundus_study.wsgi"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(self.log.read_text())
            time.sleep(0.1)

    def answers(self) -> bool:
        """Whether it is alive."""
        try:
            address = f"http://127.0.0.1:{self.port}/health/live"
            urllib.request.urlopen(address, timeout=5).close()
        except (urllib.error.URLError, OSError):
            return False
        return True

    def kill(self) -> None:
        """Let it vanish at once, master and workers: kill -9."""
        self.end(signal.SIGKILL)

    def stop(self) -> None:
        """Let it go: nobody needs its answers any more."""
        self.end(signal.SIGQUIT)

    def end(self, how: signal.Signals) -> None:
        """Send a signal to every process of it."""
        if self.process is not None:
            os.killpg(self.process.pid, how)
            self.process.wait()
            self.process = None
