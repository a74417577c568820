"""From a zip of photographs to an ROC curve through the API; every cell is a step.

Open it as a notebook (``# %%`` begins a cell) or run it:

    python docs/roc_through_the_api.py http://localhost:8000 TOKEN eyes.zip roc.svg

The archive holds a folder of photographs for each lesion (``glaucoma/a.jpg``), or a
labels CSV beside them. The token is that of an account that may import, train and
create studies: ``manage.py drf_create_token USER``. The readers are simulated, and
the figure says so.
"""

# %% Setting: the server, who asks, and the photographs
from __future__ import annotations

import json
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from uuid import uuid4

from matplotlib.figure import Figure

RECIPE = "splice"  # needs no training; "paper-unet" is the paper's


class Api:
    """Asks the server, in JSON; files go as a form."""

    def __init__(self, base: str, token: str) -> None:
        self.base, self.token = base.rstrip("/"), token

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """GET an address below /api/, or POST a body to it."""
        data = None if body is None else json.dumps(body).encode()
        return self.sent(path, data, "application/json")

    def upload(self, path: str, file: Path, fields: dict[str, str]) -> Any:
        """POST a file with what is known about it."""
        edge = uuid4().hex
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}'
            for name, text in fields.items()
        ]
        head = f'form-data; name="photographs"; filename="{file.name}"'
        parts.append(f"--{edge}\r\nContent-Disposition: {head}\r\n\r\n")
        data = "\r\n".join(parts).encode() + file.read_bytes()
        ends = f"\r\n--{edge}--\r\n".encode()
        return self.sent(path, data + ends, f"multipart/form-data; boundary={edge}")

    def sent(self, path: str, data: bytes | None, kind: str) -> Any:
        """Send a request, and read the answer."""
        request = urllib.request.Request(  # noqa: S310 - the server you named
            f"{self.base}/api/{path}",
            data=data,
            headers={"Authorization": f"Token {self.token}", "Content-Type": kind},
        )
        try:
            with urllib.request.urlopen(request) as answer:  # noqa: S310
                return json.load(answer)
        except HTTPError as refusal:  # the answer says why
            raise SystemExit(f"{path}: {refusal.read().decode()}") from refusal

    def done(self, job: dict[str, Any]) -> dict[str, Any]:
        """Ask after a job until it is over, and return what came of it."""
        while not job["is_over"]:
            time.sleep(1)
            job = self.ask(f"jobs/{job['id']}/")
        if job["state"] != "done":
            raise SystemExit(job["message"])
        result: dict[str, Any] = self.ask(f"jobs/{job['id']}/")["result"]
        return result


def draw(curves: list[dict[str, Any]], target: Path, *, is_simulated: bool) -> None:
    """Draw the curves, one panel a lesion."""
    lesions = list(dict.fromkeys(curve["lesion"] for curve in curves))
    figure = Figure(figsize=(3.4 * len(lesions), 3.6), layout="constrained")
    panels = figure.subplots(1, len(lesions), squeeze=False)[0]
    for axes, lesion in zip(panels, lesions, strict=True):
        for curve in (one for one in curves if one["lesion"] == lesion):
            x, y = zip(*curve["points"], strict=True)
            is_mean = curve["level"] != "reader"
            label = f"{curve['name']} {curve['auc']:.2f}" if is_mean else None
            axes.plot(x, y, linewidth=2 if is_mean else 0.6, label=label)
        axes.set(title=lesion, xlabel="1 - specificity", ylabel="sensitivity")
        axes.legend(loc="lower right", fontsize=7)
    if is_simulated:
        figure.suptitle("SIMULATED READERS", color="#b45309", fontweight="bold")
    figure.savefig(target)


def main(base: str, token: str, photographs: str, target: str, **protocol: Any) -> str:
    """Go the whole way, and return the study's name."""
    api = Api(base, token)
    name = f"simulated-{int(time.time())}"

    # %% Send the photographs; what cannot be used is told row by row
    fields = {"pool": name, "provenance": "sent by a script", "licence": "see source"}
    api.done(api.upload("pools/upload/", Path(photographs), {**fields, "opt": "50"}))
    for row in api.ask(f"pools/{name}/problems/")["results"]:
        sys.stdout.write(f"row {row['row']}: {row['wrong']} {row['advice']}\n")

    # %% Manipulate the patients that are set aside for the study, lesion by lesion
    roles = api.ask(f"pools/{name}/")["roles"]
    apart = ("opt", "crossfit")
    lesions = [key for key, n in roles.items() if any(n.get(role) for role in apart)]
    for lesion in lesions:
        order = {"pool": name, "lesion": lesion, "recipe": RECIPE}
        made = api.done(api.ask("manipulators/", order))
        order = {"manipulator": made["manipulator"], "roles": apart}
        api.done(api.ask("manipulations/", order))

    # %% Create a study: entries of the protocol that are not named are the paper's
    body = {"name": name, "title": "Simulated readers through the API", "pool": name}
    api.ask("studies/", {**body, "protocol": {"lesions": lesions, **protocol}})

    # %% Simulated readers read it, then it is locked: the study says so everywhere
    api.done(api.ask(f"studies/{name}/simulation/", {"seed": 1, "lock": True}))
    study = api.ask(f"studies/{name}/")

    # %% Analyse: nothing is changed, so the run is the one that was pre-registered
    api.done(api.ask(f"studies/{name}/runs/", {}))
    report = api.ask(f"studies/{name}/reports/")["results"][0]

    # %% Draw the curves
    curves = api.ask(f"studies/{name}/reports/{report['id']}/curves/")
    draw(curves, Path(target), is_simulated=study["is_simulated"])
    return name


if __name__ == "__main__":
    main(*sys.argv[1:5])
