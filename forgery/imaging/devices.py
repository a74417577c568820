"""Where the arithmetic runs, and how precisely: chosen here for both apps."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager

import torch
from torch import nn

VARIABLE = "FUNDUS_DEVICE"
LOCAL_RANK = "LOCAL_RANK"
"""Set by ``torchrun``: the number of a process on its machine."""
_KNOWN = ("cuda", "mps", "cpu")


def choose(wanted: str | None = None) -> torch.device:
    """
    Choose the device: the argument, else ``FUNDUS_DEVICE``, else the fastest.

    Parameters
    ----------
    wanted : str or None
        ``cuda``, ``cuda:1``, ``mps``, ``cpu`` or ``auto``; None asks the environment.

    Returns
    -------
    torch.device
        A device that is there.

    Raises
    ------
    ValueError
        If the name is unknown, or this machine has no such device.
    """
    name = wanted or os.environ.get(VARIABLE) or "auto"
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        name = next(kind for kind in _KNOWN if there[kind])
        if name == "cuda" and LOCAL_RANK in os.environ:  # a card for each process
            name = f"cuda:{os.environ[LOCAL_RANK]}"
        return torch.device(name)
    kind = name.partition(":")[0]
    if kind not in there:
        msg = f"device {name!r} is not known; use auto, {', '.join(_KNOWN)}"
        raise ValueError(msg)
    if not there[kind]:
        msg = f"device {name!r} is not on this machine; unset {VARIABLE} or use cpu"
        raise ValueError(msg)
    return torch.device(name)


def has_bfloat16(device: torch.device) -> bool:
    """
    Say whether half precision is faster there, not slower.

    Parameters
    ----------
    device : torch.device
        Where the network runs.

    Returns
    -------
    bool
        True on CUDA cards with bfloat16, and on processors with AVX512_BF16 or AMX.
    """
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type != "cpu":
        return False
    return bool(
        torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    )


def autocast(
    device: torch.device, precision: str = "auto"
) -> AbstractContextManager[None]:
    """
    Compute in bfloat16 where that is faster: for training, never for results.

    Parameters
    ----------
    device : torch.device
        Where the network runs.
    precision : str
        ``auto``, or ``fp32`` for single precision everywhere.

    Returns
    -------
    context manager
        ``torch.autocast``, enabled where `has_bfloat16` holds.
    """
    is_half = precision == "auto" and has_bfloat16(device)
    return torch.autocast(device.type, torch.bfloat16, enabled=is_half)


def compile_for(
    network: nn.Module, device: torch.device, *, backend: str | None = None
) -> None:
    """
    Compile a network's forward pass in place, where that is faster: on CUDA cards.

    On processors it was slower for these networks. What cannot be compiled runs as
    it is; the weights and their names stay.

    Parameters
    ----------
    network : torch.nn.Module
        The network on its device.
    device : torch.device
        Where it runs.
    backend : str or None
        Compile by this backend, whatever the device; None decides by the device.
    """
    if backend is None and device.type != "cuda":
        return
    torch._dynamo.config.suppress_errors = True  # fall back to eager, with a warning
    network.compile(backend=backend or "inductor", dynamic=True)
