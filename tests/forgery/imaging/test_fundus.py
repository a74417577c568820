import io
import struct
import time
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image as PillowImage

from forgery.imaging import fundus
from forgery.imaging.errors import UnreadableImage


def disc(height, width, radius, *, surround=0, seed=0):
    """A lit textured disc in the middle of a dark frame; clipped where it leaves."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width]
    inside = (rows - height / 2 + 0.5) ** 2 + (columns - width / 2 + 0.5) ** 2
    inside = inside < radius**2
    image = np.full((height, width, 3), surround, np.uint8)
    image[inside] = rng.normal((180, 90, 40), 8, (int(inside.sum()), 3)).clip(20, 255)
    return image, inside


def encoded(image, kind="PNG", **options):
    buffer = io.BytesIO()
    PillowImage.fromarray(image).save(buffer, kind, **options)
    return buffer.getvalue()


def overlap(one, other):
    return (one & other).sum() / (one | other).sum()


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_lossless_files_decode_to_their_pixels(kind):
    image, _ = disc(40, 52, 18)

    assert np.array_equal(fundus.decode(encoded(image, kind), name="a"), image)


def test_colour_order_is_rgb():
    red = np.zeros((16, 16, 3), np.uint8)
    red[..., 0] = 200

    decoded = fundus.decode(encoded(red, "JPEG", quality=95), name="red.jpg")

    assert decoded[..., 0].min() > 190
    assert decoded[..., 1:].max() < 10


def test_exif_orientation_is_applied():
    image, _ = disc(20, 30, 9)
    exif = PillowImage.Exif()
    exif[0x0112] = 6  # stored turned: rotate clockwise to view

    decoded = fundus.decode(encoded(image, "PNG", exif=exif), name="a.png")

    assert np.array_equal(decoded, np.rot90(image, -1))


@pytest.mark.parametrize(
    ("mode", "first"), [("L", 90), ("P", 90), ("RGBA", 90), ("CMYK", 90)]
)
def test_other_modes_become_rgb(mode, first):
    grey = PillowImage.new("L", (16, 16), first).convert(mode)
    buffer = io.BytesIO()
    grey.save(buffer, "TIFF")

    decoded = fundus.decode(buffer.getvalue(), name="a.tif")

    assert decoded.shape == (16, 16, 3)
    assert np.abs(decoded.astype(int) - first).max() <= 1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b"not an image at all", "is not a JPEG, PNG, TIFF or BMP"),
        (b"\xff\xd8\xff\xe0 nothing follows", "header is damaged"),
        (b"\x89PNG\r\n\x1a\n", "header is damaged"),
    ],
)
def test_fakes_are_refused_by_name(data, reason):
    with pytest.raises(UnreadableImage, match=reason) as caught:
        fundus.decode(data, name="fake.jpg")

    assert str(caught.value).startswith("fake.jpg:")


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_file_cut_off_anywhere_is_refused(kind):
    image, _ = disc(64, 64, 30)
    data = encoded(image, kind)

    for share in (0.05, 0.3, 0.6, 0.9):
        with pytest.raises(UnreadableImage):
            fundus.decode(data[: int(len(data) * share)], name="cut")


def test_a_flipped_byte_in_a_png_is_refused():
    image, _ = disc(64, 64, 30)
    data = bytearray(encoded(image))
    data[len(data) // 2] ^= 0xFF

    with pytest.raises(UnreadableImage, match="damaged"):
        fundus.decode(bytes(data), name="a.png")


def test_sixteen_bits_are_refused():
    buffer = io.BytesIO()
    PillowImage.fromarray(np.full((16, 16), 4000, np.uint16)).save(buffer, "PNG")

    with pytest.raises(UnreadableImage, match="8-bit"):
        fundus.decode(buffer.getvalue(), name="deep.png")


def huge_png(side):
    def chunk(kind, body):
        crc = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + crc

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    packer = zlib.compressobj(1)
    row = bytes(side * 3 + 1)
    body = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    start = b"\x89PNG\r\n\x1a\n"
    return start + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def test_a_bomb_is_refused_from_its_header():
    data = huge_png(20_000)
    start = time.process_time()

    with pytest.raises(UnreadableImage, match="20000 x 20000 pixels"):
        fundus.decode(data, name="bomb.png")

    assert time.process_time() - start < 0.2  # decoding takes seconds


def test_too_many_bytes_are_refused():
    with pytest.raises(UnreadableImage, match=r"limit is 0\.0 MiB"):
        fundus.decode(bytes(2000), name="a", max_bytes=1000)


def test_read_names_a_missing_file(tmp_path):
    with pytest.raises(UnreadableImage, match=r"gone\.jpg: no such file"):
        fundus.read(tmp_path / "gone.jpg")


def test_read_equals_decode(tmp_path):
    image, _ = disc(32, 32, 14)
    (tmp_path / "a.png").write_bytes(fundus.encode_png(image))

    assert np.array_equal(fundus.read(str(tmp_path / "a.png")), image)


def chunks(data):
    names, at = [], 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        names.append(data[at + 4 : at + 8])
        at += 12 + length
    return set(names)


def test_png_holds_pixels_only_and_round_trips():
    image, inside = disc(33, 47, 15)

    data = fundus.encode_png(image)

    assert chunks(data) == {b"IHDR", b"IDAT", b"IEND"}
    assert np.array_equal(fundus.decode(data, name="a"), image)
    grey = inside.astype(np.uint8) * 255
    assert np.array_equal(
        fundus.decode(fundus.encode_png(grey), name="a")[..., 0], grey
    )


def test_field_of_view_of_a_whole_disc():
    image, inside = disc(300, 300, 140)

    assert overlap(fundus.field_of_view(image), inside) > 0.97


def test_field_of_view_of_a_landscape_clipped_circle():
    image, inside = disc(240, 400, 150, surround=4)

    assert overlap(fundus.field_of_view(image), inside) > 0.97


def test_field_of_view_keeps_a_dark_quadrant():
    image, inside = disc(300, 300, 140)
    image[170:260, 60:150] //= 8

    assert overlap(fundus.field_of_view(image), inside) > 0.97


def test_field_of_view_leaves_a_halo_out():
    image, inside = disc(300, 300, 120)
    glow = cv2.GaussianBlur(inside.astype(np.float32) * 25, (0, 0), 12)
    image = np.where(inside[..., None], image, glow[..., None].astype(np.uint8))

    assert overlap(fundus.field_of_view(image), inside) > 0.97


def test_field_of_view_of_a_notched_disc_covers_it():
    image, inside = disc(300, 300, 140)
    image[60:72, 250:262] = (180, 90, 40)

    found = fundus.field_of_view(image)

    assert (found & inside).sum() / inside.sum() > 0.98
    assert overlap(found, inside) > 0.95


def test_field_of_view_without_surround_is_the_frame():
    assert fundus.field_of_view(np.full((60, 80, 3), 120, np.uint8)).all()


def test_field_of_view_of_black_is_empty():
    assert not fundus.field_of_view(np.zeros((60, 80, 3), np.uint8)).any()


def test_square_crops_and_pads_a_landscape():
    image, _ = disc(240, 400, 150, surround=3)

    squared = fundus.square(image)

    assert squared.shape[0] == squared.shape[1]
    assert abs(len(squared) - 300) <= 4
    assert squared[:20].max() == 0  # padding above the clipped circle
    assert squared[len(squared) // 2, 4:-4].max(axis=1).min() > 10


def test_square_twice_changes_nothing():
    image, _ = disc(240, 400, 150, surround=3)
    once = fundus.square(image)

    assert np.array_equal(fundus.square(once), once)


def test_square_of_a_tight_square_frame_is_the_plain_area_resize():
    image, _ = disc(400, 400, 198)

    plain = cv2.resize(image, (128, 128), interpolation=cv2.INTER_AREA)

    assert np.array_equal(fundus.square(image, size=128), plain)


def test_square_is_capped():
    image, _ = disc(1500, 1500, 740)

    assert fundus.square(image).shape == (1024, 1024, 3)


def test_square_of_black_keeps_a_square_frame():
    assert fundus.square(np.zeros((40, 60, 3), np.uint8), size=32).shape == (32, 32, 3)


def test_resize_up_and_down_by_two_is_close_to_identity():
    image, _ = disc(128, 128, 60)
    smooth = cv2.GaussianBlur(image, (0, 0), 2)

    back = fundus.resize(fundus.resize(smooth, 256), 128)

    assert np.abs(back.astype(int) - smooth).mean() < 1


def test_every_photograph_has_a_plausible_field(shared):
    for folder, least in (("odir", 0.5), ("idrid", 0.4), ("hygd", 0.6)):
        for path in sorted((shared / "data" / folder / "images").iterdir())[:12]:
            image = fundus.read(path)
            mask = fundus.field_of_view(image)
            outside = image[~mask]
            assert least < mask.mean() < 0.95, path.name
            assert np.median(outside) < 12, path.name
