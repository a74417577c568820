import pytest
import torch

from forgery.imaging import devices


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    monkeypatch.delenv(devices.VARIABLE, raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


def test_fastest_device_is_chosen(monkeypatch):
    assert devices.choose() == torch.device("cpu")

    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert devices.choose() == torch.device("mps")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert devices.choose("auto") == torch.device("cuda")


def test_environment_overrides_and_argument_overrides_it(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setenv(devices.VARIABLE, "cpu")

    assert devices.choose() == torch.device("cpu")
    assert devices.choose("cuda:1") == torch.device("cuda", 1)


def test_missing_device_is_named():
    with pytest.raises(ValueError, match="device 'cuda' is not on this machine"):
        devices.choose("cuda")


def test_unknown_device_is_named():
    with pytest.raises(ValueError, match="device 'tpu' is not known; use auto, cuda"):
        devices.choose("tpu")


@pytest.mark.parametrize("is_there", [True, False])
def test_half_precision_follows_the_processor(monkeypatch, is_there):
    cpu = torch.device("cpu")
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: is_there)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)

    with devices.autocast(cpu):
        product = torch.ones(2, 2) @ torch.ones(2, 2)

    assert devices.has_bfloat16(cpu) is is_there
    assert product.dtype == (torch.bfloat16 if is_there else torch.float32)


def test_half_precision_is_left_alone_on_mps():
    assert devices.has_bfloat16(torch.device("mps")) is False


def test_each_process_of_torchrun_has_its_card(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setenv(devices.LOCAL_RANK, "1")

    assert devices.choose() == torch.device("cuda", 1)


def test_single_precision_can_be_asked_for(monkeypatch):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True)

    with devices.autocast(torch.device("cpu"), "fp32"):
        product = torch.ones(2, 2) @ torch.ones(2, 2)

    assert product.dtype == torch.float32


def test_processors_run_networks_as_they_are(monkeypatch):
    network = torch.nn.Conv2d(3, 3, 3)
    monkeypatch.setattr(network, "compile", lambda **_: pytest.fail("compiled"))

    devices.compile_for(network, torch.device("cpu"))


def test_a_card_gets_a_compiled_network(monkeypatch):
    asked = []
    network = torch.nn.Conv2d(3, 3, 3)
    monkeypatch.setattr(network, "compile", lambda **how: asked.append(how))

    devices.compile_for(network, torch.device("cuda"))

    assert asked == [{"backend": "inductor", "dynamic": True}]
