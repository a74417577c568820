"""Weights at rest: bundles, resume states and third-party tensors.

A *bundle* is the final product: a safetensors file whose header carries the
configuration as JSON, named by its SHA-256. A *resume state* is what a running
training writes for its successor. Both, and weights that others published, are
read here and nowhere else, and nothing that is read can run code.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as _read_tensors
from safetensors.torch import save as _write_tensors

from forgery.imaging.errors import ChecksumMismatch

_METADATA_KEY = "fundus_study"


class UnreadableCheckpoint(ValueError):  # noqa: N818 - named as its siblings
    """The file is missing, cut off, or not what its reader expects."""


def digest(path: Path | str) -> str:
    """
    Name a file by its content.

    Parameters
    ----------
    path : Path or str
        The file.

    Returns
    -------
    str
        SHA-256 in hexadecimal.
    """
    return hashlib.sha256(_bytes_of(Path(path))).hexdigest()


def save(
    path: Path | str, tensors: Mapping[str, torch.Tensor], metadata: Mapping[str, Any]
) -> str:
    """
    Write a bundle atomically.

    Equal tensors and metadata give equal bytes, so the digest names the content.

    Parameters
    ----------
    path : Path or str
        Where to write; its folder is made when missing.
    tensors : mapping of str to torch.Tensor
        Weights by name, on any device.
    metadata : mapping
        JSON-ready data: recipe, configuration, seed, threshold, ...

    Returns
    -------
    str
        SHA-256 of the file in hexadecimal.
    """
    still = {
        name: tensor.detach().to("cpu").contiguous() for name, tensor in tensors.items()
    }
    text = json.dumps(metadata, sort_keys=True, allow_nan=False)
    data = _write_tensors(still, metadata={_METADATA_KEY: text})
    _replace(Path(path), data)
    return hashlib.sha256(data).hexdigest()


def load(
    path: Path | str, sha256: str | None = None
) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """
    Read a bundle.

    Parameters
    ----------
    path : Path or str
        The bundle.
    sha256 : str or None
        The digest that the file must have; None trusts the file.

    Returns
    -------
    tensors : dict of str to torch.Tensor
        Weights on the CPU.
    metadata : dict
        What `save` was given.

    Raises
    ------
    ChecksumMismatch
        If the bytes are not those of ``sha256``.
    UnreadableCheckpoint
        If the file is missing, cut off or no bundle.
    """
    path = Path(path)
    data = _bytes_of(path)
    _check_digest(path, data, sha256 or "")
    try:
        return _read_tensors(data), _metadata_of(data)
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        msg = f"{path.name} is not a bundle of this program, or is cut off: {error}"
        raise UnreadableCheckpoint(msg) from error


def metadata(path: Path | str) -> dict[str, Any]:
    """
    Read what a bundle says of itself.

    Parameters
    ----------
    path : Path or str
        The bundle.

    Returns
    -------
    dict
        What `save` was given as metadata.
    """
    return load(path)[1]


def save_state(path: Path | str, state: Mapping[str, Any]) -> None:
    """
    Write a resume state atomically: a killed writer leaves the one before.

    Parameters
    ----------
    path : Path or str
        Where to write.
    state : mapping
        Tensors, numbers, strings, and containers of these.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as handle:
        torch.save(dict(state), handle)
        handle.flush()
        os.fsync(handle.fileno())
    Path(handle.name).replace(path)


def load_state(path: Path | str) -> dict[str, Any] | None:
    """
    Read a resume state, if there is one.

    Parameters
    ----------
    path : Path or str
        What `save_state` wrote.

    Returns
    -------
    dict or None
        The state with tensors on the CPU; None when the file does not exist.

    Raises
    ------
    UnreadableCheckpoint
        If the file is there but does not hold such a state.
    """
    path = Path(path)
    return _restricted_load(path) if path.exists() else None


def load_tensors(
    path: Path | str, *, sha256_prefix: str | None = None
) -> dict[str, torch.Tensor]:
    """
    Read the state dict of a ``.pth`` file that others published.

    Parameters
    ----------
    path : Path or str
        The file.
    sha256_prefix : str or None
        First characters of the digest that the file must have.

    Returns
    -------
    dict of str to torch.Tensor
        Weights on the CPU.

    Raises
    ------
    ChecksumMismatch
        If the bytes do not start with that digest.
    UnreadableCheckpoint
        If the file is missing, or holds anything but tensors by name.
    """
    path = Path(path)
    _check_digest(path, _bytes_of(path), sha256_prefix or "")
    state = _restricted_load(path)
    if not all(isinstance(value, torch.Tensor) for value in state.values()):
        msg = f"{path.name} holds more than tensors by name; give a plain state dict"
        raise UnreadableCheckpoint(msg)
    return state


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise UnreadableCheckpoint(f"{path}: {reason}") from error


def _check_digest(path: Path, data: bytes, expected: str) -> None:
    found = hashlib.sha256(data).hexdigest()
    if not found.startswith(expected.lower()):
        msg = f"{path.name} has SHA-256 {found}, its record says {expected}"
        raise ChecksumMismatch(msg)


def _metadata_of(data: bytes) -> dict[str, Any]:
    # safetensors: 8 bytes little-endian length, then a JSON header of it
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    found: dict[str, Any] = json.loads(header["__metadata__"][_METADATA_KEY])
    return found


def _restricted_load(path: Path) -> dict[str, Any]:
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)  # noqa: TID251 - the one home of the call
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        msg = f"{path.name} is cut off or holds more than weights: {error}"
        raise UnreadableCheckpoint(msg) from error
    if not isinstance(state, dict):
        msg = f"{path.name} holds a {type(state).__name__}, not tensors by name"
        raise UnreadableCheckpoint(msg)
    return state


def _replace(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())
    Path(handle.name).replace(path)
