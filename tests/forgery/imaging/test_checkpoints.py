import os
import signal
import subprocess
import sys
import time

import pytest
import torch

from forgery.imaging import checkpoints
from forgery.imaging.errors import ChecksumMismatch

TENSORS = {
    "a": torch.arange(6.0).reshape(2, 3),
    "b": torch.ones(2, dtype=torch.int64),
}
METADATA = {"recipe": "paper-unet", "config": {"levels": 7}, "threshold": 0.25}


def test_bundle_returns_tensors_and_metadata(tmp_path):
    sha256 = checkpoints.save(tmp_path / "sub/bundle.safetensors", TENSORS, METADATA)

    tensors, metadata = checkpoints.load(tmp_path / "sub/bundle.safetensors", sha256)

    assert metadata == METADATA
    assert sha256 == checkpoints.digest(tmp_path / "sub/bundle.safetensors")
    assert all(torch.equal(tensors[name], TENSORS[name]) for name in TENSORS)


def test_equal_content_has_equal_digest(tmp_path):
    first = checkpoints.save(tmp_path / "a", TENSORS, METADATA)
    second = checkpoints.save(
        tmp_path / "b",
        dict(reversed(TENSORS.items())),
        dict(reversed(METADATA.items())),
    )
    other = checkpoints.save(tmp_path / "c", TENSORS, METADATA | {"threshold": 0.5})

    assert first == second != other


def test_wrong_digest_is_refused(tmp_path):
    path = tmp_path / "bundle.safetensors"
    sha256 = checkpoints.save(path, TENSORS, METADATA)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)

    with pytest.raises(ChecksumMismatch, match=r"bundle\.safetensors has SHA-256"):
        checkpoints.load(path, sha256)


@pytest.mark.parametrize("keep", [0, 4, 40, -3])
def test_cut_off_bundle_is_named(tmp_path, keep):
    path = tmp_path / "bundle.safetensors"
    checkpoints.save(path, TENSORS, METADATA)
    path.write_bytes(path.read_bytes()[:keep])

    with pytest.raises(checkpoints.UnreadableCheckpoint, match=r"bundle\.safetensors"):
        checkpoints.load(path)


def test_missing_bundle_is_named(tmp_path):
    with pytest.raises(checkpoints.UnreadableCheckpoint, match="no such file"):
        checkpoints.load(tmp_path / "none")


def test_state_survives_the_round(tmp_path):
    path = tmp_path / "state.pt"
    assert checkpoints.load_state(path) is None

    checkpoints.save_state(path, {"step": 3, "model": TENSORS, "curve": [(0, 1.0)]})

    state = checkpoints.load_state(path)
    assert state["step"] == 3
    assert state["curve"] == [(0, 1.0)]
    assert torch.equal(state["model"]["a"], TENSORS["a"])


def test_state_that_would_run_code_is_refused(tmp_path):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "ran"),)

    torch.save({"x": Evil()}, tmp_path / "evil.pth")

    with pytest.raises(checkpoints.UnreadableCheckpoint, match=r"evil\.pth"):
        checkpoints.load_state(tmp_path / "evil.pth")
    assert not (tmp_path / "ran").exists()


def test_writer_killed_at_any_time_leaves_a_whole_state(tmp_path):
    path = tmp_path / "state.pt"
    code = (
        "import sys, torch\n"
        "from forgery.imaging import checkpoints\n"
        "for step in range(10**6):\n"
        "    checkpoints.save_state(sys.argv[1], "
        "{'step': step, 'x': torch.full((50000,), float(step))})\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", code, str(path)])
    deadline = time.monotonic() + 60
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.1)

    writer.send_signal(signal.SIGKILL)
    writer.wait()

    state = checkpoints.load_state(path)
    assert bool((state["x"] == state["step"]).all())


def test_third_party_weights_are_checked_by_prefix(tmp_path):
    path = tmp_path / "net.pth"
    torch.save(TENSORS, path)

    found = checkpoints.load_tensors(path, sha256_prefix=checkpoints.digest(path)[:8])

    assert torch.equal(found["a"], TENSORS["a"])
    with pytest.raises(ChecksumMismatch, match="its record says 00000000"):
        checkpoints.load_tensors(path, sha256_prefix="00000000")


@pytest.mark.parametrize("content", [{"epoch": 3}, [torch.ones(1)]])
def test_third_party_file_with_anything_else_is_refused(tmp_path, content):
    torch.save(content, tmp_path / "net.pth")

    with pytest.raises(checkpoints.UnreadableCheckpoint, match=r"net\.pth holds"):
        checkpoints.load_tensors(tmp_path / "net.pth")
