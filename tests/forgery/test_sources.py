"""Sources: nothing outside is read, tables in odd encodings are, bad ones are named."""

from pathlib import Path

import pytest
from django.core.files.storage import InMemoryStorage

from forgery.exceptions import WrongInput
from forgery.services import layouts, sources
from forgery.services.files import local_path
from forgery.services.sources import Entry, Listing, Problem, Root, read_table

MANIFEST = layouts.Options("manifest")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../secret.jpg", "outside the source"),
        ("/etc/passwd", "outside the source"),
        ("a\0b.jpg", "not a file name"),
        ("gone.jpg", "not found"),
        ("sub", "not found"),
    ],
)
def test_root_refuses_what_it_does_not_hold(tmp_path, name, words):
    (tmp_path / "in" / "sub").mkdir(parents=True)
    (tmp_path / "secret.jpg").touch()
    root = Root(tmp_path / "in")

    with pytest.raises(WrongInput, match=words):
        root.below(root.folder, name)


def test_root_reads_windows_names(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.jpg").touch()
    root = Root(tmp_path)

    found = root.below(root.folder, "sub\\a.jpg")
    assert found == (tmp_path / "sub" / "a.jpg").resolve()


def test_root_must_be_a_folder(tmp_path):
    with pytest.raises(WrongInput, match="not a folder"):
        Root(tmp_path / "gone")


def test_walk_skips_hidden_files_and_names_links_outwards(tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("b.jpg", "a.png", ".hidden.jpg", "Thumbs.db", "notes.txt"):
        (tmp_path / "in" / name).touch()
    (tmp_path / "out.jpg").touch()
    (tmp_path / "in" / "link.jpg").symlink_to(tmp_path / "out.jpg")
    listing = Listing()

    root = Root(tmp_path / "in")
    names = [path.name for path in root.images(root.folder, listing)]

    assert names == ["a.png", "b.jpg"]
    assert {problem.file for problem in listing.problems} == {"link.jpg", "notes.txt"}


def test_table_in_gb18030_is_read(tmp_path):
    table = tmp_path / "t.csv"
    table.write_bytes("file,lesion\na.jpg,\u9752\u5149\u773c\n".encode("gb18030"))

    assert read_table(table) == [(2, {"file": "a.jpg", "lesion": "\u9752\u5149\u773c"})]


def test_short_rows_are_filled_and_empty_ones_skipped(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("file,lesion\na.jpg\n\n ,\nb.jpg,normal,more\n")

    rows = read_table(table)

    assert [row["lesion"] for _, row in rows] == ["", "normal"]
    assert [number for number, _ in rows] == [2, 5]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("t.csv", b"", "no header"),
        ("t.csv", b"\xff\xff\xff\xff", "not text"),
        ("t.csv", b"file\n" + b"x" * 200_000, "not a readable CSV"),
        ("t.xlsx", b"no zip", "not a readable workbook"),
    ],
)
def test_bad_table_is_one_sentence(tmp_path, name, data, words):
    (tmp_path / name).write_bytes(data)

    with pytest.raises(WrongInput, match=words):
        read_table(tmp_path / name)


def test_table_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "MAX_TABLE_BYTES", 3)
    (tmp_path / "t.csv").write_text("file\n")

    with pytest.raises(WrongInput, match="larger than"):
        read_table(tmp_path / "t.csv")


def test_problem_says_where():
    assert str(Problem(4, "a.jpg", "gone.")) == "row 4, a.jpg: gone."
    assert str(Problem(None, "a.jpg", "gone.")) == "a.jpg: gone."


def test_labels_are_normalised():
    options = layouts.Options("manifest", names={"AMD": "macular-degeneration"})

    assert options.lesion_of("Diabetic_Retinopathy") == "diabetic-retinopathy"
    assert options.lesion_of(" amd ") == "macular-degeneration"
    with pytest.raises(WrongInput, match="--map 'cataract'=LESION"):
        options.lesion_of("cataract")


def test_phantoms_need_no_source_and_others_do():
    phantoms = layouts.read(None, layouts.Options("phantom", per_lesion=2, seed=7))

    assert len({entry.seed for entry in phantoms.entries}) == 8
    assert phantoms.entries[0] == Entry(
        file="phantom-normal-0001.png",
        patient_id="7000000",
        eye="right",
        lesion="normal",
        seed=7_000_000,
    )
    with pytest.raises(WrongInput, match="Name the folder"):
        layouts.read(None, MANIFEST)
    with pytest.raises(WrongInput, match="No layout 'zip'"):
        layouts.read(Path(), layouts.Options("zip"))


def test_manifest_is_found_or_asked_for(tmp_path):
    with pytest.raises(WrongInput, match="has none"):
        layouts.read(tmp_path, MANIFEST)
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("file,lesion\n")
    with pytest.raises(WrongInput, match=r"has a\.csv, b\.csv"):
        layouts.read(tmp_path, MANIFEST)
    (tmp_path / "x.jpg").touch()
    (tmp_path / "a.csv").write_text("file,lesion\nx.jpg,normal\n")

    listing = layouts.read(tmp_path / "a.csv", MANIFEST)

    assert [entry.lesion for entry in listing.entries] == ["normal"]


def test_odir_table_without_its_columns_is_refused(tmp_path):
    (tmp_path / "full_df.csv").write_text("ID,filename\n1,1_left.jpg\n")

    with pytest.raises(WrongInput, match="lacks the column"):
        layouts.read(tmp_path, layouts.Options("odir"))


def test_odir_takes_the_folder_that_holds_most_of_its_files(tmp_path):
    header = "ID,Left-Diagnostic Keywords,Right-Diagnostic Keywords,filename\n"
    rows = "".join(f"{n},glaucoma,glaucoma,{n}_right.jpg\n" for n in (1, 2))
    (tmp_path / "full_df.csv").write_text(header + rows)
    for folder, numbers in {"few": (1,), "preprocessed_images": (1, 2)}.items():
        (tmp_path / folder).mkdir()
        for number in numbers:
            (tmp_path / folder / f"{number}_right.jpg").touch()

    listing = layouts.read(tmp_path, layouts.Options("odir"))

    places = [entry.path and entry.path.parent.name for entry in listing.entries]
    assert places == ["preprocessed_images"] * 2
    assert not listing.problems


class Stored:
    """A stored file of a storage without paths."""

    name = "a.bin"
    storage = InMemoryStorage()

    def open(self, _mode):
        """Open the content."""
        return self.content.open("rb")

    def __init__(self, content):
        self.content = content


def test_file_in_a_bucket_is_copied_for_a_while(tmp_path):
    (tmp_path / "content").write_bytes(b"weights")

    with local_path(Stored(tmp_path / "content")) as path:  # type: ignore[arg-type]
        assert path.read_bytes() == b"weights"
        assert path.suffix == ".bin"
    assert not path.exists()
