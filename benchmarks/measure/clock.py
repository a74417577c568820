"""Seconds, multiply-adds and memory of networks, and what the machine can do."""

import resource
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

REPEATS = 3
PRECISIONS = (("fp32", torch.float32), ("bf16", torch.bfloat16))


def seconds(*works: Callable[[], object], device: torch.device) -> list[float]:
    """Least time of each work, taken in turn, so that all see the same machine."""
    least = [float("inf")] * len(works)
    for turn in range(REPEATS + 1):  # the first warms up
        for place, work in enumerate(works):
            began = _now(device)
            work()
            if turn:
                least[place] = min(least[place], _now(device) - began)
    return least


def _now(device: torch.device) -> float:
    # CPU time on a processor, wall time on a card that has finished
    if device.type == "cpu":
        return time.process_time()
    torch.cuda.synchronize(device)
    return time.perf_counter()


def peaks(device: torch.device) -> dict[str, float]:
    """Multiply-adds a second: the better of a matrix product and a convolution."""
    side = 1024 if device.type == "cpu" else 8192
    found = {}
    for name, precision in PRECISIONS:
        a = torch.rand(side, side, device=device).to(precision)
        x = torch.rand(4, 256, 64, 64, device=device).to(precision)
        x = x.contiguous(memory_format=torch.channels_last)
        w = torch.rand(256, 256, 3, 3, device=device).to(precision)
        w = w.contiguous(memory_format=torch.channels_last)
        with torch.inference_mode():
            product, convolution = seconds(
                lambda a=a: a @ a,
                lambda x=x, w=w: functional.conv2d(x, w, padding=1),
                device=device,
            )
        rates = side**3 / product, w.numel() * 64 * 64 * 4 / convolution
        print(
            f"{name} limit: matrix product {rates[0] / 1e9:.0f}, 3 x 3 convolution "
            f"{rates[1] / 1e9:.0f} GMAC/s"
        )
        found[name] = max(rates)
    return found


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


def forget_peak(device: torch.device) -> None:
    """Let the peak of memory begin anew, where the system can."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_memory(device: torch.device) -> float:
    """Peak of memory since `forget_peak`, in GiB; of the process, or on the card."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**30
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
