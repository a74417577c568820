"""What a study is about: lesions, channels, sizes and texts (mission S12).

A second domain (chest X-ray, say) is another ``Domain`` instance handed to
:func:`register`; nothing in the reading room or the statistics names a lesion.
Texts are English message ids; the pages translate them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Lesion:
    """One group of photographs in the paper's sense; 'normal' is one too."""

    key: str
    name: str
    short: str


@dataclass(frozen=True)
class Domain:
    """Names, sizes and texts that the rest of the program takes as data."""

    key: str
    name: str
    lesions: tuple[Lesion, ...]
    image_noun: str = "image"
    channels: int = 3
    working_size: int = 256
    """Side in pixels at which images are manipulated and scored."""
    display_size: int = 512
    """Side in pixels of the image that a reader sees."""
    question: str = "How confident are you that this image is manipulated?"

    def __post_init__(self) -> None:
        """Refuse a domain that could not be told apart or drawn."""
        keys = [lesion.key for lesion in self.lesions]
        if not keys or len(set(keys)) != len(keys):
            msg = f"domain {self.key!r} needs lesions with distinct keys, has {keys}"
            raise ValueError(msg)

    @property
    def lesion_keys(self) -> tuple[str, ...]:
        """
        List the lesions' keys.

        Returns
        -------
        tuple of str
            In display order.
        """
        return tuple(lesion.key for lesion in self.lesions)

    def lesion(self, key: str) -> Lesion:
        """
        Return the lesion called ``key``.

        Parameters
        ----------
        key : str
            The lesion's key.

        Returns
        -------
        Lesion
            The lesion; ``KeyError`` names those there are.
        """
        for lesion in self.lesions:
            if lesion.key == key:
                return lesion
        msg = f"{key!r} is not a lesion of {self.key}: {', '.join(self.lesion_keys)}"
        raise KeyError(msg)


_DOMAINS: dict[str, Domain] = {}


def register(domain: Domain) -> Domain:
    """
    Make a domain known under its key.

    Parameters
    ----------
    domain : Domain
        The domain; the same key twice must agree.

    Returns
    -------
    Domain
        The same.
    """
    if _DOMAINS.setdefault(domain.key, domain) != domain:
        msg = f"another domain is already registered as {domain.key!r}"
        raise ValueError(msg)
    return domain


def get(key: str) -> Domain:
    """
    Return a registered domain.

    Parameters
    ----------
    key : str
        The domain's key.

    Returns
    -------
    Domain
        The domain; ``KeyError`` names those there are.
    """
    try:
        return _DOMAINS[key]
    except KeyError:
        msg = f"no domain {key!r}; registered: {', '.join(sorted(_DOMAINS))}"
        raise KeyError(msg) from None


def registered() -> tuple[Domain, ...]:
    """
    List the registered domains.

    Returns
    -------
    tuple of Domain
        In the order of their registration.
    """
    return tuple(_DOMAINS.values())


FUNDUS = register(
    Domain(
        key="fundus",
        name="Colour fundus photography",
        image_noun="fundus photograph",
        lesions=(
            Lesion("normal", "Normal", "N"),
            Lesion("glaucoma", "Glaucoma", "G"),
            Lesion("diabetic-retinopathy", "Diabetic Retinopathy", "D"),
            Lesion("macular-degeneration", "Macular Degeneration", "A"),
        ),
    )
)
