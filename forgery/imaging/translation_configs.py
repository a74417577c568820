"""Settings of the recipes beyond the paper's U-Net; forms read these, so no torch."""

from __future__ import annotations

from dataclasses import dataclass

from forgery.imaging.configs import ManipulatorSettings, Settings, require


@dataclass(frozen=True)
class ShuffleUNetConfig(Settings):
    """Shape of `shuffle_unet`: colours in, a residual out."""

    size: int = 256
    """Side of the image in pixels."""
    widths: tuple[int, ...] = (32, 48, 64, 96, 128, 160)
    """Channels of each level, the first at half the image's side."""
    maps: int = 0
    """Change maps beside the colours: 1 for `unet-convert`, else 0."""
    textures: tuple[float, ...] = ()
    """Scales in pixels of fine texture that is shown beside the colours."""
    blur: float = 0.0
    """Standard deviation in pixels of the blur that the input goes through."""

    def __post_init__(self) -> None:
        """Refuse shapes that cannot be built."""
        object.__setattr__(self, "widths", tuple(self.widths))
        object.__setattr__(self, "textures", tuple(self.textures))
        step = 2 ** len(self.widths)
        require(
            (len(self.widths) >= 2, "widths must name at least two levels"),
            (self.size % step == 0, f"size {self.size} must be a multiple of {step}"),
            (self.maps in (0, 1), f"maps {self.maps} must be 0 or 1"),
            (
                all(0 < scale <= 16 for scale in self.textures),
                f"textures {self.textures} must be above 0, 16 pixels at most",
            ),
            (0 <= self.blur <= 16, f"blur {self.blur} must be 0 to 16 pixels"),
        )


@dataclass(frozen=True)
class CycleGanConfig(Settings):
    """Shape of `cyclegan`'s generators and critics."""

    size: int = 256
    """Side of the image in pixels."""
    width: int = 64
    """Channels of the residual blocks."""
    blocks: int = 6
    """Residual blocks."""
    is_strided: bool = False
    """ResNet stem of strided convolutions; else 4 x 4 pixels become channels."""
    critic: int = 32
    """Channels of the critics' first layer."""
    pool: int = 50
    """Earlier forgeries that the critics are shown again."""
    largest_step: float = 1.0
    """Most that a pixel in [0, 1] can be changed by."""

    def __post_init__(self) -> None:
        """Refuse shapes that cannot be built."""
        require(
            (self.size % 4 == 0, f"size {self.size} must be a multiple of 4"),
            (self.width % 4 == 0, f"width {self.width} must be a multiple of 4"),
            (self.blocks >= 1, f"blocks {self.blocks} must be at least 1"),
            (self.critic >= 1, f"critic {self.critic} must be at least 1"),
            (self.pool >= 1, f"pool {self.pool} must be at least 1"),
            (
                0 < self.largest_step <= 1,
                f"largest_step {self.largest_step} must be above 0, 1 at most",
            ),
        )


@dataclass(frozen=True)
class TranslationSettings(ManipulatorSettings):
    """How a network learns to turn the photographs of one lesion into another's."""

    target: str = ""
    """Key of the lesion that its forgeries shall show."""
    cycle_weight: float = 10.0
    """Weight of the mean absolute difference after there and back."""
    identity_weight: float = 5.0
    """Weight of the mean absolute change of photographs that show the target."""
    adversarial_weight: float = 1.0
    """Weight of the critic's verdict."""
    lesion_weight: float = 1.0
    """Weight of the critic's naming of the lesion."""
    change_weight: float = 2.0
    """Weight of the mean of the change map: the less is changed, the better."""
    lesson_weight: float = 10.0
    """Weight of the mean absolute difference from drawn findings, where it has any."""
    alone_share: float = 0.75
    """Share of the steps, the first, that learn from drawn findings alone."""

    def __post_init__(self) -> None:
        """Refuse weights out of range."""
        super().__post_init__()
        require(
            (
                0 <= self.alone_share <= 1,
                f"alone_share {self.alone_share} must be 0 to 1",
            )
        )
        for name in ("cycle", "identity", "adversarial", "lesion", "change", "lesson"):
            value = getattr(self, f"{name}_weight")
            require((0 <= value <= 100, f"{name}_weight {value} must be 0 to 100"))
