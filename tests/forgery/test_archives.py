"""A hostile or careless archive is refused whole, by the name of the member."""

import io
import stat
import zipfile
from typing import Any

import pytest

from forgery.exceptions import WrongInput
from forgery.services import archives


def packed(*members: tuple[Any, bytes], **options) -> io.BytesIO:
    handle = io.BytesIO()
    with zipfile.ZipFile(handle, "w", **options) as archive:
        for name, data in members:
            archive.writestr(name, data)
    handle.seek(0)
    return handle


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def names(handle: io.BytesIO) -> list[str]:
    with archives.opened(handle) as archive:
        return [one.name for one in archives.members(archive)]


HOSTILE: dict[str, tuple[tuple[Any, bytes], ...]] = {
    "climbs": (("../../etc/passwd", b"x"),),
    "absolute": (("/etc/passwd", b"x"),),
    "drive": (("C:\\windows\\x.jpg", b"x"),),
    "link": ((link("a.jpg"), b"/etc/passwd"),),
    "nested": (("inner.zip", b"PK"),),
    "deep": (("/".join(["d"] * 9) + "/a.jpg", b"x"),),
    "twice": (("A.jpg", b"x"), ("a.jpg", b"y")),
}
SAID = {
    "climbs": "leads out",
    "absolute": "leads out",
    "drive": "leads out",
    "link": "is a link",
    "nested": "an archive within",
    "deep": "too many folders",
    "twice": "is in the archive twice",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_member_is_named(kind):
    with pytest.raises(WrongInput, match=SAID[kind]):
        names(packed(*HOSTILE[kind]))


def test_a_bomb_is_refused_before_it_is_unpacked():
    bomb = packed(("bomb.png", bytes(20 * 2**20)), compression=zipfile.ZIP_DEFLATED)

    with pytest.raises(WrongInput, match="packs too well"):
        names(bomb)


def test_more_files_or_bytes_than_allowed_are_refused(settings):
    settings.UPLOAD_MAX_FILES = 2
    three = packed(*((f"{n}.jpg", b"x") for n in range(3)))
    with pytest.raises(WrongInput, match="holds 3 files; 2"):
        names(three)

    settings.UPLOAD_MAX_BYTES = 2**20
    large = packed(("a.jpg", bytes(2**20 + 1)))
    with pytest.raises(WrongInput, match="1 MiB are allowed"):
        names(large)


def test_an_archive_that_lies_about_a_size_is_caught_while_it_unpacks(tmp_path):
    handle = packed(("a.jpg", bytes(1000)))
    with archives.opened(handle) as archive:
        archive.infolist()[0].file_size = 10

        with pytest.raises(WrongInput, match="is damaged"):
            list(archives.unpack(archive, tmp_path, lambda _name: None))

    assert (tmp_path / "a.jpg").stat().st_size <= 10


def test_a_damaged_member_and_no_archive_are_said(tmp_path):
    data = bytearray(packed(("a.jpg", b"photograph" * 50)).getvalue())
    data[100] ^= 0xFF  # in the member's bytes: its checksum fails
    with (
        archives.opened(io.BytesIO(bytes(data))) as archive,
        pytest.raises(WrongInput, match="is damaged"),
    ):
        list(archives.unpack(archive, tmp_path, lambda _name: None))

    with pytest.raises(WrongInput, match="no zip archive"):
        archives.opened(io.BytesIO(b"I am none"))


def complaint(data: bytes, folder) -> str:
    """Say why an archive cannot be unpacked; empty when it can."""
    with archives.opened(io.BytesIO(data)) as archive:
        try:
            list(archives.unpack(archive, folder, lambda _name: None))
        except WrongInput as fault:
            return str(fault)
    return ""


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA]
)
def test_wherever_a_member_is_damaged_it_is_said(tmp_path, method):
    content, handle = bytes(range(256)) * 8, io.BytesIO()
    with zipfile.ZipFile(handle, "w", method) as archive:
        archive.writestr("a.jpg", content)
    whole = handle.getvalue()
    places = range(30 + len("a.jpg"), whole.index(b"PK\x01\x02"))
    said = []
    for place in places[:: max(1, len(places) // 60)]:
        found = complaint(
            whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :], tmp_path
        )
        said.append(found)
        # What is not noticed was a byte that the packing does not read.
        assert "is damaged" in found or (tmp_path / "a.jpg").read_bytes() == content

    assert sum(map(bool, said)) > len(said) / 2


def test_a_way_of_packing_that_nobody_knows_is_said(tmp_path):
    data = bytearray(packed(("a.jpg", b"photograph" * 50)).getvalue())
    central = data.index(b"PK\x01\x02") + 10
    data[8:10] = data[central : central + 2] = b"\x63\0"

    assert "is damaged" in complaint(bytes(data), tmp_path)


def test_litter_is_left_out_and_korean_names_are_read():
    korean = zipfile.ZipInfo("x")
    korean.filename = "정상/가.jpg".encode("cp949").decode("cp437")
    found = names(
        packed(("__MACOSX/a/._b.jpg", b"x"), ("a/.DS_Store", b"x"), ("a/b.jpg", b"x"))
    )
    assert found == ["a/b.jpg"]

    korean.flag_bits = 0
    assert archives._name(korean) == "정상/가.jpg"


def test_encrypted_members_are_refused():
    handle = packed(("a.jpg", b"x"))
    with archives.opened(handle) as archive:
        archive.infolist()[0].flag_bits |= 1

        with pytest.raises(WrongInput, match="without a password"):
            archives.members(archive)
