"""The peers of the lab, built from their published shapes.

A ResNet-50 detector (He K et al. 2016, CVPR: 770-778; bottlenecks 3, 4, 6, 3) and the
ResNet-9 generator of CycleGAN (Zhu J-Y et al. 2017, ICCV: 2223-2232, appendix 7.2).
"""

import torch
from torch import nn


class Bottleneck(nn.Module):
    """1 x 1, 3 x 3, 1 x 1, added to what came in."""

    def __init__(self, before: int, width: int, stride: int) -> None:
        super().__init__()
        after = 4 * width
        self.body = nn.Sequential(
            nn.Conv2d(before, width, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, stride, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, after, 1, bias=False),
            nn.BatchNorm2d(after),
        )
        self.short: nn.Module = nn.Identity()
        if before != after:
            self.short = nn.Sequential(
                nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after)
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) -> (N, 4 w, H / stride, W / stride)."""
        return torch.relu(self.body(x) + self.short(x))


class Colours(nn.Module):
    """Leave the grey plane out, as the program's own painters do."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, 3 or more, H, W) -> (N, 3, H, W)."""
        return x[:, :3]


class ResnetBlock(nn.Module):
    """Two reflected 3 x 3 convolutions, added to what came in."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *(nn.ReflectionPad2d(1), nn.Conv2d(width, width, 3)),
            *(nn.InstanceNorm2d(width), nn.ReLU(inplace=True)),
            *(nn.ReflectionPad2d(1), nn.Conv2d(width, width, 3)),
            nn.InstanceNorm2d(width),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        return x + self.body(x)


def resnet50() -> nn.Module:
    """ResNet-50 with one logit: 23.5 M weights."""
    layers: list[nn.Module] = [
        nn.Conv2d(3, 64, 7, 2, 3, bias=False),
        nn.BatchNorm2d(64),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, 2, 1),
    ]
    before = 64
    for width, blocks, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for number in range(blocks):
            layers.append(Bottleneck(before, width, 1 if number else stride))
            before = 4 * width
    pooled = nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, 1)
    return nn.Sequential(*layers, *pooled)


def resnet9() -> nn.Module:
    """CycleGAN's generator for 256 x 256: 11.4 M weights."""

    def normed(width: int) -> tuple[nn.Module, nn.Module]:
        return nn.InstanceNorm2d(width), nn.ReLU(inplace=True)

    return nn.Sequential(
        *(Colours(), nn.ReflectionPad2d(3), nn.Conv2d(3, 64, 7), *normed(64)),
        *(nn.Conv2d(64, 128, 3, 2, 1), *normed(128)),
        *(nn.Conv2d(128, 256, 3, 2, 1), *normed(256)),
        *(ResnetBlock(256) for _ in range(9)),
        *(nn.ConvTranspose2d(256, 128, 3, 2, 1, 1), *normed(128)),
        *(nn.ConvTranspose2d(128, 64, 3, 2, 1, 1), *normed(64)),
        *(nn.ReflectionPad2d(3), nn.Conv2d(64, 3, 7), nn.Tanh()),
    )
