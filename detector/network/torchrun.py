"""Train a detector's weights in several processes, each on its card or core.

``training.train`` starts it by itself where there are several CUDA cards, or where
``FUNDUS_PROCESSES`` asks for it. By hand, in the folder of a run that was begun so::

    torchrun --nproc-per-node 4 -m detector.network.torchrun FOLDER

What is left behind is the resume state of the last step, from which training is
finished in one process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from detector.network import configs, examples, losses, networks
from detector.network.configs import DetectorSettings
from detector.network.examples import Examples
from forgery.imaging import devices, parallel
from forgery.imaging.errors import TrainingCancelled
from forgery.imaging.seeding import seeded
from forgery.imaging.training import Run, Trainer

EXAMPLES = "together.npz"
SETTINGS = "together.json"


def launch(
    train: Examples, settings: DetectorSettings, run: Run, processes: int
) -> None:
    """
    Train the weights to the last step in several processes.

    Parameters
    ----------
    train : Examples
        What the weights learn from.
    settings : DetectorSettings
        The recipe's settings.
    run : Run
        Folder and listeners.
    processes : int
        How many.

    Raises
    ------
    TrainingCancelled
        If ``should_stop`` said so; the next call continues from the last state.
    RuntimeError
        If a process failed; its own words are on standard error.
    """
    run.workdir.mkdir(parents=True, exist_ok=True)
    examples.save(run.workdir / EXAMPLES, train)
    text = json.dumps(settings.to_dict(), sort_keys=True)
    (run.workdir / SETTINGS).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node", str(processes)]
    command += ["-m", "detector.network.torchrun", str(run.workdir)]
    with subprocess.Popen(  # noqa: S603 - this interpreter, this module
        command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    ) as team:
        for line in team.stdout or ():
            step, total, loss, seconds = json.loads(line)
            run.on_progress(step, total, loss, {"seconds": seconds})
            if run.should_stop():
                team.terminate()
                msg = f"training stopped after step {step} of {total}"
                raise TrainingCancelled(msg)
    if team.returncode:
        msg = f"training in {processes} processes failed; see its messages above"
        raise RuntimeError(msg)


def work(folder: Path) -> None:
    """
    Do one process's share: what ``torchrun`` starts.

    Parameters
    ----------
    folder : Path
        What `launch` prepared.

    Raises
    ------
    FileNotFoundError
        If it prepared nothing there.
    """
    known = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    settings = type(configs.get(known["recipe"]).settings()).from_dict(known)
    train = examples.load(folder / EXAMPLES)
    if train is None:
        msg = f"{folder / EXAMPLES} is missing"
        raise FileNotFoundError(msg)
    device = devices.choose()
    with parallel.joined(device), seeded(settings.seed):
        network = networks.build(settings.recipe)
        run = Run(folder, _tell, device=str(device))
        trainer = Trainer(network, settings, run, train.digest)
        trainer.fit(losses.loss_of(train, settings, trainer.device))


def _tell(step: int, total: int, loss: float, known: dict[str, float]) -> None:
    sys.stdout.write(json.dumps([step, total, loss, known["seconds"]]) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    work(Path(sys.argv[1]))
