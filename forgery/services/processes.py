"""Who works on a job: host, process, and when that process began.

A killed worker leaves its name on the job. A worker of the same host can see at
once that the process is gone (a re-used process number has another start), so
the job need not wait for its heartbeat to grow stale.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from uuid import uuid4

_TOKEN = uuid4().hex[:8]
_SEPARATOR = "|"


def _started(pid: int) -> str:
    """Start of a process in clock ticks since boot; empty where unknown."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]


def this_worker() -> str:
    """Name this process so that another one can tell whether it still lives."""
    pid = os.getpid()
    return _SEPARATOR.join([socket.gethostname(), str(pid), _started(pid), _TOKEN])


def is_known_dead(worker: str) -> bool:
    """Whether the named worker ran on this host and its process is gone."""
    host, _, rest = worker.partition(_SEPARATOR)
    pid, _, rest = rest.partition(_SEPARATOR)
    if host != socket.gethostname() or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return _started(int(pid)) != rest.partition(_SEPARATOR)[0]
