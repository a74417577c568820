"""Where the arithmetic runs, and how precisely: chosen here for both apps."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager

import torch

VARIABLE = "FUNDUS_DEVICE"
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
        return torch.device(next(kind for kind in _KNOWN if there[kind]))
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


def autocast(device: torch.device) -> AbstractContextManager[None]:
    """
    Compute in bfloat16 where that is faster: for training, never for results.

    Parameters
    ----------
    device : torch.device
        Where the network runs.

    Returns
    -------
    context manager
        ``torch.autocast``, enabled where `has_bfloat16` holds.
    """
    return torch.autocast(device.type, torch.bfloat16, enabled=has_bfloat16(device))
