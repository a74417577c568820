"""From a pool to an ROC curve through the API alone; every cell is a step.

Open it as a notebook (``# %%`` begins a cell) or run it:

    python docs/roc_through_the_api.py http://localhost:8000 TOKEN POOL roc.svg

The token is that of an account that may create studies: ``manage.py
drf_create_token USER``. The readers are simulated, and the figure says so.
"""

# %% Setting: the server, who asks, and which pool has reserved clusters
from __future__ import annotations

import json
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure


class Api:
    """Asks the server, in JSON."""

    def __init__(self, base: str, token: str) -> None:
        self.base, self.token = base.rstrip("/"), token

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """GET an address below /api/, or POST a body to it."""
        request = urllib.request.Request(  # noqa: S310 - the server you named
            f"{self.base}/api/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Token {self.token}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return json.load(answer)

    def wait(self, job: dict[str, Any]) -> dict[str, Any]:
        """Ask after a job until it is over."""
        while not job["is_over"]:
            time.sleep(1)
            job = self.ask(f"jobs/{job['id']}/")
        if job["state"] != "done":
            raise SystemExit(job["message"])
        return job


def main(base: str, token: str, pool: str, target: str, **protocol: Any) -> str:
    """Create a study, let simulated readers read it, and draw its ROC curves."""
    api = Api(base, token)

    # %% Create a study: entries of the protocol that are not named are the paper's
    name = f"simulated-{int(time.time())}"
    study = api.ask(
        "studies/",
        {
            "name": name,
            "title": "Simulated readers through the API",
            "pool": pool,
            "protocol": protocol,
        },
    )

    # %% Simulated readers read it, then it is locked: the study says so everywhere
    api.wait(api.ask(f"studies/{name}/simulation/", {"seed": 1, "lock": True}))
    study = api.ask(f"studies/{name}/")

    # %% Analyse: nothing is changed, so the run is the one that was pre-registered
    api.wait(api.ask(f"studies/{name}/runs/", {}))
    report = api.ask(f"studies/{name}/reports/")["results"][0]

    # %% Draw the curves, one panel a lesion
    curves = api.ask(f"studies/{name}/reports/{report['id']}/curves/")
    lesions = list(dict.fromkeys(curve["lesion"] for curve in curves))
    figure = Figure(figsize=(3.4 * len(lesions), 3.6), layout="constrained")
    for axes, lesion in zip(figure.subplots(1, len(lesions)), lesions, strict=True):
        for curve in (one for one in curves if one["lesion"] == lesion):
            x, y = zip(*curve["points"], strict=True)
            is_mean = curve["level"] != "reader"
            label = f"{curve['name']} {curve['auc']:.2f}" if is_mean else None
            axes.plot(x, y, linewidth=2 if is_mean else 0.6, label=label)
        axes.set(title=lesion, xlabel="1 - specificity", ylabel="sensitivity")
        axes.legend(loc="lower right", fontsize=7)
    if study["is_simulated"]:
        figure.suptitle("SIMULATED READERS", color="#b45309", fontweight="bold")
    figure.savefig(Path(target))
    return name


if __name__ == "__main__":
    main(*sys.argv[1:5])
