"""Time the networks on one thread, as ratios to the processor's matrix product.

The limit is a float32 1024 x 1024 matrix product timed in the same process; CPU
time, so other load matters little. Run: ``python -m benchmarks.training_speed``.
"""

import time
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from detector.network import networks as detectors
from forgery.imaging import devices
from forgery.imaging import networks as manipulators

BATCH = 4
REPEATS = 4


def cpu_seconds(work: Callable[[], object]) -> float:
    """Least CPU time of some repetitions, after one to warm up."""
    work()
    taken = []
    for _ in range(REPEATS):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return min(taken)


def multiply_adds(network: nn.Module, x: torch.Tensor) -> float:
    """Multiply-adds of the convolutions and products of one forward pass."""
    total = 0.0

    def count(module: nn.Module, _given: object, made: torch.Tensor) -> None:
        nonlocal total
        weight = module.weight
        places = made.shape[2:].numel() if made.dim() == 4 else 1
        if isinstance(module, nn.ConvTranspose2d):
            places //= int(np.prod(module.stride))
        total += weight.numel() * places * len(made)

    kinds = nn.Conv2d | nn.ConvTranspose2d | nn.Linear
    hooks = [
        m.register_forward_hook(count)
        for m in network.modules()
        if isinstance(m, kinds)
    ]
    with torch.no_grad():
        network(x)
    for hook in hooks:
        hook.remove()
    return total


def main() -> None:
    """Print a row for each network, scoring and training."""
    torch.set_num_threads(1)
    device = torch.device("cpu")
    a = torch.rand(1024, 1024)
    peak = 1024**3 / cpu_seconds(lambda: a @ a)
    print(f"matrix product: {peak / 1e9:.1f} GMAC/s on one thread (the limit)")
    print(f"{'network':18}{'work':8}{'img/CPU-s':>10}{'GMAC/img':>10}{'of limit':>10}")
    for name, network, channels in (
        ("paper-unet", manipulators.build("paper-unet"), 4),
        ("paper-sparse-cnn", detectors.build("paper-sparse-cnn"), 3),
    ):
        x = torch.rand(BATCH, channels, 256, 256)
        x = x.contiguous(memory_format=torch.channels_last)
        net = network.to(memory_format=torch.channels_last)
        work = multiply_adds(net, x)

        def infer(net: nn.Module = net, x: torch.Tensor = x) -> None:
            with torch.inference_mode(), devices.autocast(device):
                net(x)

        def train(net: nn.Module = net, x: torch.Tensor = x) -> None:
            with devices.autocast(device):
                loss = net(x).float().abs().mean()
            loss.backward()

        for label, run, passes in (("score", infer, 1), ("train", train, 3)):
            net.train(label == "train")
            seconds = cpu_seconds(run)
            rate, share = BATCH / seconds, passes * work / seconds / peak
            print(
                f"{name:18}{label:8}{rate:10.1f}{work / BATCH / 1e9:10.3f}{share:10.1%}"
            )


if __name__ == "__main__":
    main()
