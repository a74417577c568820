"""``make bench-desk``: how long each desk page takes with 200 readers and 4 sets.

A process of its own, so that what it sets in the environment stays there.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

if __name__ == "__main__":
    command = [sys.executable, "-m", "benchmarks.measure.desk", *sys.argv[1:]]
    sys.exit(subprocess.run(command, cwd=ROOT, check=False).returncode)
