"""``make bench-statistics``: time the statistics on one thread.

A process of its own, because this file's name hides the standard library's
``statistics`` from whatever is imported beside it.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"
)

if __name__ == "__main__":
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.measure.mrmc"],
        cwd=ROOT,
        env={**os.environ, **ONE_THREAD},
        check=False,
    )
    sys.exit(run.returncode)
