"""Forging, scoring and training as ratios to the machine's limits and to peers."""

import functools
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from benchmarks.measure import clock, peers
from benchmarks.measure.foreign import SHIPPED
from detector.network import configs, copies, losses, traces
from detector.network import networks as detectors
from detector.network.examples import Examples
from detector.network.inference import Detector, in_chunks
from detector.services.folders import score_folder
from forgery.imaging import (
    devices,
    families,
    fundus,
    manipulator,
    networks,
    painting,
    profiles,
    recipes,
)
from forgery.imaging.configs import TrainingSettings
from forgery.imaging.forged import Scene
from forgery.imaging.phantom.render import make
from forgery.imaging.training import Loss, Run, Trainer

SCORING, FORGING = 3.5, 20.0
"""Least ratio to the ResNet-50 detector; and of `residual-unet` to ResNet-9."""
PAPER_RATIO = "more than 4"
"""How much longer the paper's CycleGAN trained than its U-Net."""
TRAINED = ("paper-unet", "residual-unet", "cyclegan", "unet-convert")
STEPS = 4
SIDE = 256


@dataclass(frozen=True)
class Machine:
    """Where it runs, the batches that make sense there, and its limits."""

    device: torch.device
    batches: tuple[int, ...]
    limits: Mapping[str, float]


@functools.cache
def photographs() -> NDArray[np.uint8]:
    """Eight prepared phantoms."""
    lesions = ("normal", "diabetic-retinopathy")
    made = [make(lesions[n % 2], n, size=512).image for n in range(8)]
    return np.stack([profiles.prepare(image, profiles.PAPER) for image in made])


def forward_rates(
    machine: Machine, nets: Mapping[str, nn.Module], channels: int, peer: str
) -> None:
    """Print images a second of each network, beside the peer at the same batch."""
    head = f"{'network':18}{'dtype':6}{'batch':>6}{'images/s':>10}{'GMAC':>7}"
    print(f"{head}{'of limit':>10}{'x ' + peer:>14}{'GiB':>7}")
    for name, precision in clock.PRECISIONS:
        for batch in machine.batches:
            x = torch.rand(batch, channels, SIDE, SIDE, device=machine.device)
            x = x.contiguous(memory_format=torch.channels_last)
            works = [
                _forward(net, x, precision, machine.device) for net in nets.values()
            ]
            taken = clock.seconds(*works, device=machine.device)
            rates = dict(zip(nets, [batch / one for one in taken], strict=True))
            for (key, net), work in zip(nets.items(), works, strict=True):
                clock.forget_peak(machine.device)
                work()
                memory = clock.peak_memory(machine.device)
                macs = clock.multiply_adds(net, x) / batch
                share = macs * rates[key] / machine.limits[name]
                print(
                    f"{key:18}{name:6}{batch:6d}{rates[key]:10.2f}{macs / 1e9:7.2f}"
                    f"{share:10.1%}{rates[key] / rates[peer]:14.2f}{memory:7.2f}"
                )


def _forward(
    net: nn.Module, x: torch.Tensor, precision: torch.dtype, device: torch.device
) -> Callable[[], None]:
    net.eval().to(device, memory_format=torch.channels_last)
    is_half = precision is torch.bfloat16

    def work() -> None:
        half = torch.autocast(device.type, torch.bfloat16, enabled=is_half)
        with torch.inference_mode(), half:
            net(x)

    return work


def scoring(machine: Machine) -> None:
    """Score by both detectors and by the ResNet-50 detector."""
    print(f"\nSCORING (results are fp32; at least {SCORING} x ResNet-50 wanted)")
    nets = {key: detectors.build(key) for key in configs.RECIPES}
    forward_rates(machine, nets | {"ResNet-50": peers.resnet50()}, 3, "ResNet-50")
    _whole(machine)


def _whole(machine: Machine) -> None:
    """Score by all that the shipped detector knows: network, traces and copies."""
    print(
        f"\nSCORING, all of `default` as shipped ({SCORING} x ResNet-50 wanted of it)"
    )
    detector = Detector.load(SHIPPED, device=str(machine.device))
    peer = peers.resnet50()
    for batch in (1, len(photographs())):
        images = photographs()[:batch]
        x = torch.rand(batch, 3, SIDE, SIDE, device=machine.device)
        x = x.contiguous(memory_format=torch.channels_last)
        works = {
            "ResNet-50": _forward(peer, x, torch.float32, machine.device),
            "default": functools.partial(detector.score, images),
            "of it network": functools.partial(
                in_chunks, detector.network, images, detector.device
            ),
            "of it traces": functools.partial(traces.describe, images),
            "of it copies": functools.partial(copies.areas, images),
        }
        taken = clock.seconds(*works.values(), device=machine.device)
        for name, one in zip(works, taken, strict=True):
            print(
                f"{name:18}batch {batch}{batch / one:10.2f} images/s"
                f"{one / batch * 1e3:8.1f} ms an image{taken[0] / one:8.2f} x ResNet-50"
            )


def forging(machine: Machine) -> None:
    """Forge by every trained recipe's network and by the ResNet-9 generator."""
    print(f"\nFORGING, networks (residual-unet at least {FORGING:.0f} x ResNet-9)")
    nets = {key: networks.build(key) for key in TRAINED}
    forward_rates(machine, nets | {"ResNet-9": peers.resnet9()}, 4, "ResNet-9")

    print("\nFORGING, whole recipes: field of view, network or drawing, composite")
    images = photographs()
    masks = [fundus.field_of_view(image) for image in images]
    works: dict[str, Callable[[], object]] = {}
    for key, net in nets.items():
        works[key] = functools.partial(
            painting.paint, net, images[:1], masks[:1], colour_sigma=12.0
        )
    scene = Scene(lesion="diabetic-retinopathy", donors=[images[3]])
    for key in families.UNTRAINED:
        works[key] = lambda key=key: families.forge(
            key, images[1], scene, np.random.default_rng(1)
        )
    for key, taken in zip(
        works, clock.seconds(*works.values(), device=machine.device), strict=True
    ):
        print(f"{key:18}{1 / taken:10.2f} images/s")


def training(machine: Machine) -> None:
    """Train every recipe some steps in the program's own loop."""
    print("\nTRAINING, the program's loop (bf16 where the processor has it)")
    print(f"{'recipe':18}{'preset':>7}{'batch':>6}{'side':>6}{'steps/s':>9}", end="")
    print(f"{'images/s':>10}{'GiB':>7}{'whole preset':>14}")
    minutes: dict[str, float] = {}
    for key in (*TRAINED, *configs.RECIPES):
        rate, memory, settings = _trained(key, machine)
        minutes[key] = settings.steps / rate / 60
        side = getattr(settings, "crop", SIDE)
        sides = 2 if recipes.is_trained(key) and _has_target(key) else 1
        print(
            f"{key:18}{settings.preset:>7}{settings.batch_size:6d}{side:6d}{rate:9.2f}"
            f"{rate * settings.batch_size * sides:10.1f}{memory:7.2f}"
            f"{minutes[key]:10.1f} min"
        )
    for key in ("paper-unet", "residual-unet"):
        ratio = minutes["cyclegan"] / minutes[key]
        print(
            f"cyclegan trains {ratio:.1f} times as long as {key}, each by its preset "
            f"(paper: {PAPER_RATIO} times)"
        )


def _has_target(key: str) -> bool:
    return key in recipes.RECIPES and recipes.get(key).has_target


def _trained(key: str, machine: Machine) -> tuple[float, float, TrainingSettings]:
    """Steps a second, peak memory and settings of a recipe's ``full`` preset."""
    settings: TrainingSettings
    if key in configs.RECIPES:
        settings = configs.get(key).settings("full")
        net: nn.Module = detectors.build(key)
    else:
        settings = recipes.get(key).settings("full")
        net = networks.trainee(networks.build(key), settings)
    moments: list[float] = []

    def listen(*_: object) -> None:
        if machine.device.type == "cuda":
            torch.cuda.synchronize(machine.device)
        cpu = machine.device.type == "cpu"
        moments.append(time.process_time() if cpu else time.perf_counter())

    brief = replace(settings, steps=STEPS, checkpoint_seconds=1e6)
    with tempfile.TemporaryDirectory() as folder:
        run = Run(Path(folder), listen, device=str(machine.device))
        trainer = Trainer(net, brief, run, "bench")
        clock.forget_peak(machine.device)
        trainer.fit(_loss(key, brief, machine.device))
    return (
        1 / float(np.diff(moments).min()),
        clock.peak_memory(machine.device),
        settings,
    )


def _loss(key: str, settings: TrainingSettings, device: torch.device) -> Loss:
    images = photographs()
    if key not in configs.RECIPES:
        return manipulator.loss_of([images[::2], images[1::2]], settings, device)
    forged = np.stack([cv2.GaussianBlur(image, (0, 0), 0.6) for image in images])
    names = np.array([str(n) for n in range(len(images))] * 2)
    twins = Examples(
        np.concatenate([images, forged]),
        np.repeat([False, True], len(images)),
        names,
        np.full(len(names), "normal"),
        names,
    )
    return losses.loss_of(twins, settings, device)


class Stopwatch(Detector):
    """A detector that adds up how long it is busy."""

    busy = 0.0

    def score(self, images: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Score, and add the time that it took."""
        began = time.perf_counter()
        found = super().score(images)
        self.busy += time.perf_counter() - began
        return found


def pipeline(machine: Machine) -> None:
    """Score folders of JPEG files: is the detector kept busy?"""
    print(
        "\nPIPELINE decode, square, resize, score: wall time, files decoded by threads"
    )
    detector = Stopwatch.load(SHIPPED, device=str(machine.device))
    detector.score(photographs())  # the first warms up
    alone = time.perf_counter()
    detector.score(photographs())
    alone = (time.perf_counter() - alone) / 8
    for side in (512, 1024, 2048):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            _write_files(folder, side)
            began = time.process_time()
            for path in sorted(folder.iterdir())[:4]:
                profiles.detector_view(fundus.read(path))
            loading = (time.process_time() - began) / 4
            detector.busy, began = 0.0, time.perf_counter()
            n = len(
                list(score_folder(detector, folder, heatmaps=None, progress=_quiet))
            )
            wall = time.perf_counter() - began
        print(
            f"{n} files of {side} x {side}: {n / wall:6.1f} images/s; a file takes "
            f"{loading * 1e3:.0f} ms of a loading thread, {alone * 1e3:.0f} ms of the "
            f"detector; detector busy {detector.busy / wall:.0%} of the time"
        )


def _quiet(_done: int, _total: int) -> None:
    pass


def _write_files(folder: Path, side: int, n: int = 64) -> None:
    for number in range(n):
        image = make("normal", number % 4, size=512).image
        large = cv2.resize(image, (side, side), interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(folder / f"{number}.jpg"), large)


def main() -> None:
    """Print every table."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    device = devices.choose()
    print(f"device {device}; one thread and CPU seconds on a processor")
    batches = (1, 8) if device.type == "cpu" else (64, 256)
    machine = Machine(device, batches, clock.peaks(device))
    scoring(machine)
    forging(machine)
    training(machine)
    pipeline(machine)


if __name__ == "__main__":
    main()
