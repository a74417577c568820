"""``make bench-lab``: forging, scoring and training, against the machine's limits.

A process of its own on one thread: CPU time counts, so other load matters little.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")

if __name__ == "__main__":
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.measure.lab"],
        cwd=ROOT,
        env={**os.environ, **ONE_THREAD},
        check=False,
    )
    sys.exit(run.returncode)
