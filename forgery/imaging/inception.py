"""FID's own network: Inception v3 as the FID paper runs it.

1008 logits, average pools that do not count padding, and a maximum pool in the
last block; the modules bear the names of the weights file.

References
----------
.. [1] Szegedy C, Vanhoucke V, Ioffe S, Shlens J, Wojna Z (2016). Rethinking the
   Inception architecture for computer vision. CVPR: 2818-2826.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

LENGTH = 2048
_Size = int | tuple[int, int]


class Conv(nn.Module):
    """
    Convolution, batch normalisation, ReLU.

    Parameters
    ----------
    n_in, n_out : int
        Channels.
    size : int or tuple of int
        Kernel's height and width.
    stride : int
        Step in both directions.
    padding : int or tuple of int
        Zeros added above and beside.
    """

    def __init__(
        self, n_in: int, n_out: int, size: _Size, *, stride: int = 1, padding: _Size = 0
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(n_in, n_out, size, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(n_out, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        """
        Apply the three.

        Parameters
        ----------
        x : Tensor, shape (N, n_in, H, W)
            Maps.

        Returns
        -------
        Tensor, shape (N, n_out, H', W')
            Maps.
        """
        return functional.relu(self.bn(self.conv(x)))


def _average(x: Tensor) -> Tensor:
    return functional.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)


class BlockA(nn.Module):
    """
    Mixed 5b to 5d, at 35 x 35.

    Parameters
    ----------
    n_in : int
        Channels in.
    pool : int
        Channels out of the pooled branch.
    """

    def __init__(self, n_in: int, pool: int) -> None:
        super().__init__()
        self.branch1x1 = Conv(n_in, 64, 1)
        self.branch5x5_1 = Conv(n_in, 48, 1)
        self.branch5x5_2 = Conv(48, 64, 5, padding=2)
        self.branch3x3dbl_1 = Conv(n_in, 64, 1)
        self.branch3x3dbl_2 = Conv(64, 96, 3, padding=1)
        self.branch3x3dbl_3 = Conv(96, 96, 3, padding=1)
        self.branch_pool = Conv(n_in, pool, 1)

    def forward(self, x: Tensor) -> Tensor:
        """
        Concatenate four branches.

        Parameters
        ----------
        x : Tensor, shape (N, n_in, 35, 35)
            Maps.

        Returns
        -------
        Tensor, shape (N, 224 + pool, 35, 35)
            Maps.
        """
        double = self.branch3x3dbl_2(self.branch3x3dbl_1(x))
        branches = [
            self.branch1x1(x),
            self.branch5x5_2(self.branch5x5_1(x)),
            self.branch3x3dbl_3(double),
            self.branch_pool(_average(x)),
        ]
        return torch.cat(branches, 1)


class BlockB(nn.Module):
    """
    Mixed 6a, from 35 x 35 to 17 x 17.

    Parameters
    ----------
    n_in : int
        Channels in.
    """

    def __init__(self, n_in: int) -> None:
        super().__init__()
        self.branch3x3 = Conv(n_in, 384, 3, stride=2)
        self.branch3x3dbl_1 = Conv(n_in, 64, 1)
        self.branch3x3dbl_2 = Conv(64, 96, 3, padding=1)
        self.branch3x3dbl_3 = Conv(96, 96, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        """
        Concatenate three branches.

        Parameters
        ----------
        x : Tensor, shape (N, n_in, 35, 35)
            Maps.

        Returns
        -------
        Tensor, shape (N, 480 + n_in, 17, 17)
            Maps.
        """
        double = self.branch3x3dbl_2(self.branch3x3dbl_1(x))
        branches = [
            self.branch3x3(x),
            self.branch3x3dbl_3(double),
            functional.max_pool2d(x, 3, stride=2),
        ]
        return torch.cat(branches, 1)


class BlockC(nn.Module):
    """
    Mixed 6b to 6e, at 17 x 17.

    Parameters
    ----------
    n_in : int
        Channels in.
    c7 : int
        Channels between the 1 x 7 and 7 x 1 convolutions.
    """

    def __init__(self, n_in: int, c7: int) -> None:
        super().__init__()
        wide: tuple[_Size, _Size] = ((1, 7), (0, 3))
        tall: tuple[_Size, _Size] = ((7, 1), (3, 0))
        self.branch1x1 = Conv(n_in, 192, 1)
        self.branch7x7_1 = Conv(n_in, c7, 1)
        self.branch7x7_2 = Conv(c7, c7, wide[0], padding=wide[1])
        self.branch7x7_3 = Conv(c7, 192, tall[0], padding=tall[1])
        self.branch7x7dbl_1 = Conv(n_in, c7, 1)
        self.branch7x7dbl_2 = Conv(c7, c7, tall[0], padding=tall[1])
        self.branch7x7dbl_3 = Conv(c7, c7, wide[0], padding=wide[1])
        self.branch7x7dbl_4 = Conv(c7, c7, tall[0], padding=tall[1])
        self.branch7x7dbl_5 = Conv(c7, 192, wide[0], padding=wide[1])
        self.branch_pool = Conv(n_in, 192, 1)

    def forward(self, x: Tensor) -> Tensor:
        """
        Concatenate four branches.

        Parameters
        ----------
        x : Tensor, shape (N, n_in, 17, 17)
            Maps.

        Returns
        -------
        Tensor, shape (N, 768, 17, 17)
            Maps.
        """
        double = self.branch7x7dbl_3(self.branch7x7dbl_2(self.branch7x7dbl_1(x)))
        branches = [
            self.branch1x1(x),
            self.branch7x7_3(self.branch7x7_2(self.branch7x7_1(x))),
            self.branch7x7dbl_5(self.branch7x7dbl_4(double)),
            self.branch_pool(_average(x)),
        ]
        return torch.cat(branches, 1)


class BlockD(nn.Module):
    """
    Mixed 7a, from 17 x 17 to 8 x 8.

    Parameters
    ----------
    n_in : int
        Channels in.
    """

    def __init__(self, n_in: int) -> None:
        super().__init__()
        self.branch3x3_1 = Conv(n_in, 192, 1)
        self.branch3x3_2 = Conv(192, 320, 3, stride=2)
        self.branch7x7x3_1 = Conv(n_in, 192, 1)
        self.branch7x7x3_2 = Conv(192, 192, (1, 7), padding=(0, 3))
        self.branch7x7x3_3 = Conv(192, 192, (7, 1), padding=(3, 0))
        self.branch7x7x3_4 = Conv(192, 192, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        """
        Concatenate three branches.

        Parameters
        ----------
        x : Tensor, shape (N, n_in, 17, 17)
            Maps.

        Returns
        -------
        Tensor, shape (N, 512 + n_in, 8, 8)
            Maps.
        """
        long = self.branch7x7x3_3(self.branch7x7x3_2(self.branch7x7x3_1(x)))
        branches = [
            self.branch3x3_2(self.branch3x3_1(x)),
            self.branch7x7x3_4(long),
            functional.max_pool2d(x, 3, stride=2),
        ]
        return torch.cat(branches, 1)


class BlockE(nn.Module):
    """
    Mixed 7b and 7c, at 8 x 8.

    Parameters
    ----------
    n_in : int
        Channels in.
    maximum : bool
        Whether the pooled branch takes the maximum, as the last block does.
    """

    def __init__(self, n_in: int, *, maximum: bool) -> None:
        super().__init__()
        self.maximum = maximum
        self.branch1x1 = Conv(n_in, 320, 1)
        self.branch3x3_1 = Conv(n_in, 384, 1)
        self.branch3x3_2a = Conv(384, 384, (1, 3), padding=(0, 1))
        self.branch3x3_2b = Conv(384, 384, (3, 1), padding=(1, 0))
        self.branch3x3dbl_1 = Conv(n_in, 448, 1)
        self.branch3x3dbl_2 = Conv(448, 384, 3, padding=1)
        self.branch3x3dbl_3a = Conv(384, 384, (1, 3), padding=(0, 1))
        self.branch3x3dbl_3b = Conv(384, 384, (3, 1), padding=(1, 0))
        self.branch_pool = Conv(n_in, 192, 1)

    def forward(self, x: Tensor) -> Tensor:
        """
        Concatenate six branches.

        Parameters
        ----------
        x : Tensor, shape (N, n_in, 8, 8)
            Maps.

        Returns
        -------
        Tensor, shape (N, 2048, 8, 8)
            Maps.
        """
        single = self.branch3x3_1(x)
        double = self.branch3x3dbl_2(self.branch3x3dbl_1(x))
        pooled = functional.max_pool2d(x, 3, 1, 1) if self.maximum else _average(x)
        branches = [
            self.branch1x1(x),
            self.branch3x3_2a(single),
            self.branch3x3_2b(single),
            self.branch3x3dbl_3a(double),
            self.branch3x3dbl_3b(double),
            self.branch_pool(pooled),
        ]
        return torch.cat(branches, 1)


class FidInception(nn.Module):
    """Inception v3 with the names of the weights file; 23,850,960 weights."""

    def __init__(self) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = Conv(3, 32, 3, stride=2)
        self.Conv2d_2a_3x3 = Conv(32, 32, 3)
        self.Conv2d_2b_3x3 = Conv(32, 64, 3, padding=1)
        self.Conv2d_3b_1x1 = Conv(64, 80, 1)
        self.Conv2d_4a_3x3 = Conv(80, 192, 3)
        self.Mixed_5b = BlockA(192, 32)
        self.Mixed_5c = BlockA(256, 64)
        self.Mixed_5d = BlockA(288, 64)
        self.Mixed_6a = BlockB(288)
        self.Mixed_6b = BlockC(768, 128)
        self.Mixed_6c = BlockC(768, 160)
        self.Mixed_6d = BlockC(768, 160)
        self.Mixed_6e = BlockC(768, 192)
        self.Mixed_7a = BlockD(768)
        self.Mixed_7b = BlockE(1280, maximum=False)
        self.Mixed_7c = BlockE(2048, maximum=True)
        self.fc = nn.Linear(LENGTH, 1008)

    def forward(self, x: Tensor) -> Tensor:
        """
        Describe images.

        Parameters
        ----------
        x : Tensor, shape (N, 3, 299, 299)
            RGB in [-1, 1).

        Returns
        -------
        Tensor, shape (N, 2048)
            The last maps, averaged over positions.
        """
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x)))
        x = functional.max_pool2d(x, 3, stride=2)  # (N, 64, 73, 73)
        x = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(x))
        x = functional.max_pool2d(x, 3, stride=2)  # (N, 192, 35, 35)
        x = self.Mixed_5d(self.Mixed_5c(self.Mixed_5b(x)))  # (N, 288, 35, 35)
        x = self.Mixed_6c(self.Mixed_6b(self.Mixed_6a(x)))  # (N, 768, 17, 17)
        x = self.Mixed_6e(self.Mixed_6d(x))
        x = self.Mixed_7c(self.Mixed_7b(self.Mixed_7a(x)))  # (N, 2048, 8, 8)
        return x.mean(dim=(2, 3))
