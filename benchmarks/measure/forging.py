"""Time every way to forge on one thread: photographs a CPU second, and the ratio
of `residual-unet` to the ResNet-9 generator of CycleGAN (at least 20 is wanted).

Run: ``python -m benchmarks.measure.forging``.
"""

import resource

import numpy as np
import torch

from benchmarks.training_speed import cpu_seconds
from forgery.imaging import families, networks, profiles
from forgery.imaging.forged import Scene
from forgery.imaging.phantom.render import make

PAINTERS = (
    ("paper-unet", "full"),
    ("residual-unet", "full"),
    ("unet-convert", "full"),
    ("cyclegan", "full"),
    ("cyclegan", "large"),
)
BATCH = 4


def painter_rate(recipe: str, preset: str) -> float:
    """Images of 256 x 256 that a painter forges in a CPU second."""
    network = networks.build(recipe, preset=preset).eval()
    network = network.to(memory_format=torch.channels_last)
    x = torch.rand(BATCH, 4, 256, 256).to(memory_format=torch.channels_last)
    with torch.no_grad():
        return BATCH / cpu_seconds(lambda: network(x))


def family_rate(recipe: str) -> float:
    """Images that an untrained family forges in a CPU second, landmarks included."""
    image, donor = (
        profiles.prepare(
            make("diabetic-retinopathy", seed, size=320).image, profiles.PAPER
        )
        for seed in (1, 2)
    )
    scene = Scene(donors=[donor])
    rng = np.random.default_rng(1)
    return 1 / cpu_seconds(lambda: families.forge(recipe, image, scene, rng))


if __name__ == "__main__":
    torch.set_num_threads(1)
    rates = {pair: painter_rate(*pair) for pair in PAINTERS}
    for (recipe, preset), rate in rates.items():
        print(f"{recipe:14} {preset:6} {rate:8.2f} images/CPU-s")
    for recipe in families.UNTRAINED:
        print(f"{recipe:14} {'-':6} {family_rate(recipe):8.2f} images/CPU-s")
    ratio = rates["residual-unet", "full"] / rates["cyclegan", "large"]
    print(f"residual-unet : ResNet-9 generator = {ratio:.1f} (at least 20)")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak memory {peak:.2f} GiB")
