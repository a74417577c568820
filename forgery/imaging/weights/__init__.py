"""Weights that come with the program, trained on IDRiD and HYGD alone; see CARD.md."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent


def shipped(recipe: str, lesion: str | None) -> Path | None:
    """
    Find the weights of a recipe that come with the program.

    Parameters
    ----------
    recipe : str
        Name of the recipe.
    lesion : str or None
        The lesion that its forgeries shall show; None takes the first there is.

    Returns
    -------
    Path or None
        The bundle, if there is one.
    """
    for name in (f"{recipe}.safetensors", f"{recipe}-to-{lesion}.safetensors"):
        if (_FOLDER / name).is_file():
            return _FOLDER / name
    if lesion is None:
        return next(iter(sorted(_FOLDER.glob(f"{recipe}-to-*.safetensors"))), None)
    return None


def how_to_train(recipe: str, lesion: str | None) -> str:
    """
    Say in a sentence how to come by weights that do not come with the program.

    Parameters
    ----------
    recipe : str
        Name of the recipe.
    lesion : str or None
        The lesion that was asked for.

    Returns
    -------
    str
        The sentence.
    """
    wanted = f" --target {lesion}" if lesion else ""
    known = [path.stem for path in sorted(_FOLDER.glob(f"{recipe}*.safetensors"))]
    there = f" (there are {', '.join(known)})" if known else ""
    return (
        f"No weights of {recipe} for this come with the program{there}; train them "
        f"with import_pool and train_manipulator POOL --recipe {recipe}{wanted}, then "
        "name the bundle by --weights."
    )
