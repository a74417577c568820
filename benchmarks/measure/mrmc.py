"""How fast are the statistics? Against stated limits, scikit-learn and pROC.

Run by ``benchmarks/statistics.py``, which sees to one thread; best of several
runs. Prints one line a question and leaves with status 1 where a limit is missed.
"""

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from observers.analysis.bootstrap import bootstrap_interval
from observers.analysis.covariance import (
    delong_covariance,
    jackknife_covariance,
    placements,
    unbiased_covariance,
)
from observers.analysis.mrmc import obuchowski_rockette
from observers.analysis.ustatistic import of_difference, of_set
from observers.analysis.ustatistic_moments import ReaderSet
from observers.analysis.ustatistic_sums import pair_sums

# What published programs need, as the issue states it.
PUBLISHED = {
    "small": "iMRMC Java 3.5 s, MRMCaov 0.155 s",
    "large": "iMRMC Java over 280 s",
}


def study(readers: int, cases: int) -> tuple[np.ndarray, np.ndarray]:
    """Simulate a crossed study of two modalities: truth (C,), score (R, 2, C)."""
    rng = np.random.default_rng(1)
    truth = np.arange(cases) % 2 == 0
    return truth, rng.normal(truth * 1.5, 1.0, (readers, 2, cases))


def best(run: Callable[[], object], repeats: int) -> float:
    """Least processor time of several runs, in seconds: one thread, others apart."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times)


def full_mrmc(truth: np.ndarray, score: np.ndarray) -> None:
    """Everything: three covariances, three analyses each, U-statistic and MLE."""
    n_r, n_m, n_c = score.shape
    vectors = score.reshape(-1, n_c)
    sums, parts = pair_sums(truth, vectors), placements(truth, vectors)
    for covariance in (
        jackknife_covariance(parts),
        delong_covariance(parts),
        unbiased_covariance(sums),
    ):
        obuchowski_rockette(parts.auc.reshape(n_r, n_m), covariance)
    readers = np.arange(n_r)
    sets = [ReaderSet(readers * n_m + m, readers) for m in range(n_m)]
    for one in sets:
        of_set(sums, one).infer()
    of_difference(sums, sets[0], sets[1]).infer()


def delong_and_jackknife(truth: np.ndarray, score: np.ndarray) -> None:
    """Obuchowski-Rockette with both covariances."""
    n_r, n_m, n_c = score.shape
    parts = placements(truth, score.reshape(-1, n_c))
    for covariance in (jackknife_covariance(parts), delong_covariance(parts)):
        obuchowski_rockette(parts.auc.reshape(n_r, n_m), covariance)


def unbiased(truth: np.ndarray, score: np.ndarray) -> None:
    """The unbiased covariance of all vectors."""
    unbiased_covariance(pair_sums(truth, score.reshape(-1, score.shape[2])))


def sklearn_bootstrap(truth: np.ndarray, score: np.ndarray, draws: int) -> None:
    """What is usually written: a loop over scikit-learn's AUC, stratified."""
    rng = np.random.default_rng(1)
    groups = np.flatnonzero(~truth), np.flatnonzero(truth)
    for _ in range(draws):
        rows = np.concatenate([rng.choice(own, own.size) for own in groups])
        roc_auc_score(truth[rows], score[rows])


def proc_seconds(truth: np.ndarray, score: np.ndarray) -> float | None:
    """Seconds of pROC's DeLong variance, where R and pROC are installed."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data.csv"
        np.savetxt(data, np.column_stack([truth, score]), delimiter=",")
        code = (
            "suppressMessages(library(pROC)); "
            f"d <- read.csv('{data}', header=FALSE); "
            "r <- roc(d$V1, d$V2, direction='<', quiet=TRUE); "
            "cat(system.time(var(r, method='delong'))[['elapsed']])"
        )
        run = subprocess.run(
            [rscript, "-e", code], capture_output=True, text=True, check=False
        )
    return float(run.stdout) if run.returncode == 0 and run.stdout else None


def peak_mebibytes() -> float:
    """Most memory this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Report:
    """Prints one line per question and remembers whether a limit was missed."""

    def __init__(self) -> None:
        self.is_missed = False

    def line(self, what: str, value: float, limit: float, unit: str, peer: str) -> None:
        """Print a measured value against its limit."""
        held = value <= limit
        self.is_missed |= not held
        mark = "held" if held else "MISSED"
        print(f"{what:<52} {value:>9.4g} {unit:<4} limit {limit:g} {mark:<7} {peer}")


def main() -> int:
    """Measure everything once."""
    print("processor time on one thread, best of several runs")
    report = Report()
    small, large = study(5, 200), study(20, 10_000)
    full_mrmc(*small)
    value = best(lambda: full_mrmc(*small), 30) * 1e3
    report.line(
        "5 readers x 200 cases x 2, full MRMC", value, 10, "ms", PUBLISHED["small"]
    )
    value = best(lambda: delong_and_jackknife(*large), 3)
    report.line(
        "20 x 10,000 x 2, DeLong and jackknife", value, 0.5, "s", PUBLISHED["large"]
    )
    before = peak_mebibytes()
    value = best(lambda: unbiased(*large), 2)
    report.line(
        "20 x 10,000 x 2, unbiased covariance", value, 5, "s", PUBLISHED["large"]
    )
    grown = peak_mebibytes()
    report.line(
        "  memory of the whole process", grown, 1024, "MiB", f"before {before:.0f}"
    )
    middle = study(20, 2_000)
    value = best(lambda: full_mrmc(*middle), 2)
    report.line("20 x 2,000 x 2, full MRMC", value, 10, "s", "MRMCaov about 10 s")
    truth, score = large[0], large[1][0, 0]
    ours = best(lambda: bootstrap_interval(truth, score, seed=1, n_resamples=2000), 2)
    theirs = best(lambda: sklearn_bootstrap(truth, score, 40), 1) * 2000 / 40
    print(f"  scikit-learn loop, 2,000 draws: {theirs:.1f} s (from 40 draws)")
    report.line(
        "2,000 bootstraps of one AUC, 10,000 cases",
        ours,
        theirs / 20,
        "s",
        f"{theirs / ours:.0f} x faster",
    )
    proc = proc_seconds(truth, score)
    if proc is None:
        print("  pROC: R is not installed here, so it is not compared")
    else:
        ours = best(lambda: delong_covariance(placements(truth, score[None])), 5)
        report.line("DeLong variance, 10,000 cases", ours, proc, "s", f"pROC {proc} s")
    return int(report.is_missed)


if __name__ == "__main__":
    sys.exit(main())
