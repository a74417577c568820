import numpy as np
import pytest

from forgery.imaging import fundus
from forgery.imaging.contact_sheet import contact_sheet


def flat(level, height=40, width=40):
    return np.full((height, width, 3), level, np.uint8)


def test_tiles_lie_in_rows():
    sheet = fundus.decode(
        contact_sheet([flat(100), flat(150), flat(200)], [""] * 3, columns=2, side=40),
        name="sheet",
    )

    assert (sheet[26, 26] == 100).all()
    assert (sheet[26, 26 + 46] == 150).all()
    assert (sheet[26 + 46, 26] == 200).all()
    assert (sheet[26 + 46, 26 + 46] == 24).all()


def test_a_landscape_keeps_its_proportions():
    sheet = fundus.decode(
        contact_sheet([flat(200, 20, 40)], [""], columns=1, side=40), name="sheet"
    )

    assert (sheet == 200).all(axis=2).sum() == 40 * 20


def test_captions_and_title_are_drawn():
    plain = contact_sheet([flat(0)], ["\n"], columns=1, side=80, title=" ")
    written = contact_sheet(
        [flat(0)], ["one\ntwo"], columns=1, side=80, title="T\u00e9"
    )

    assert fundus.decode(plain, name="a").max() == 24
    assert fundus.decode(written, name="b").max() > 150


def test_an_empty_selection_still_gives_a_sheet():
    sheet = contact_sheet([], [], title="nothing left out")

    assert fundus.decode(sheet, name="a").shape[1] > 100


def test_captions_must_match():
    with pytest.raises(ValueError, match="1 images, but 2 captions"):
        contact_sheet([flat(0)], ["a", "b"])
