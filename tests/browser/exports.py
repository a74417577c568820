"""Every file of a report, opened by a parser of its kind and held to the study."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from base64 import b64decode
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from openpyxl import load_workbook
from PIL import Image
from pypdf import PdfReader

from observers.analysis.imrmc import read_imrmc
from observers.analysis.readings import Readings
from observers.analysis.tidy_csv import read_csv
from observers.analysis.workbook import read_workbook
from observers.models import Rating, Session, Study
from observers.reports.body import FIGURE, FILES

Files = dict[str, bytes]
SVG = "{http://www.w3.org/2000/svg}svg"
DATA = "data:image/svg+xml;base64,"
WIDTHS = {"single": 85.0, "double": 174.0}  # millimetres
DOTS = 600 / 25.4  # a millimetre


def check(files: Files, study: Study, folder: Path) -> None:
    """Open every file; nothing that the page links to is left unopened."""
    figures = {name for name in files if FIGURE.fullmatch(name)}
    assert sorted(set(files) - figures) == sorted(FILES)
    hashes(files)
    numbers(files, study)
    ratings(files, study, folder)
    printed(files, study)
    for name in sorted(figures):
        figure(name, files[name])
    kinds = {(name.rpartition("/")[0], name.rpartition(".")[2]) for name in figures}
    drawn = {(f"figures/{width}", kind) for width in WIDTHS for kind in KINDS}
    assert kinds >= drawn


def hashes(files: Files) -> None:
    """Recompute each hash of the manifest, from the file and from the archive."""
    manifest = json.loads(files["manifest.json"])
    with zipfile.ZipFile(io.BytesIO(files["everything.zip"])) as archive:
        assert archive.testzip() is None
        packed = {name: archive.read(name) for name in archive.namelist()}
    assert packed == {k: v for k, v in files.items() if k != "everything.zip"}
    listed = {one["name"]: one for one in manifest["files"]}
    assert set(listed) == set(packed) - {"manifest.json"}
    for name, one in listed.items():
        assert one["sha256"] == hashlib.sha256(packed[name]).hexdigest(), name
        assert one["bytes"] == len(packed[name]), name


def numbers(files: Files, study: Study) -> None:
    """Compare result, tables and workbook with each other and with the study."""
    result = json.loads(files["result.json"])
    manifest = json.loads(files["manifest.json"])
    heads = json.loads(files["heads.json"])
    assert result["study"]["name"] == manifest["study"] == study.name
    assert manifest["protocol_hash"] == study.protocol_hash == heads["protocol_hash"]
    assert {one["session"]: one["head"] for one in heads["heads"]} == dict(
        Session.objects.filter(enrolment__study=study).values_list("token", "head")
    )
    tables = {
        name: list(csv.DictReader(io.StringIO(files[name].decode("utf-8-sig"))))
        for name in files
        if name.endswith(".csv")
    }
    assert set(tables) == {name for name in FILES if name.endswith(".csv")}
    assert all(tables.values())
    areas = {row["name"]: row for row in tables["auc.csv"] if row["level"] == "reader"}
    assert set(areas) == set(result["readers"])
    for name, row in areas.items():
        assert float(row["auc"]) == result["readers"][name][row["lesion"]]["auc"]
    assert {len(row) for row in tables["curves.csv"]} == {len(tables["curves.csv"][0])}
    book = load_workbook(io.BytesIO(files["result.xlsx"]), read_only=True)
    assert all(list(sheet.iter_rows(values_only=True)) for sheet in book)


def ratings(files: Files, study: Study, folder: Path) -> None:
    """Read the ratings back in three formats: each is what the database holds."""
    held = {
        (rating.session.enrolment.pseudonym, rating.item.case.code): float(rating.score)
        for rating in Rating.objects.filter(
            session__enrolment__study=study
        ).select_related("session__enrolment", "item__case")
    }
    for name, reader in (
        ("ratings.csv", read_csv),
        ("ratings.imrmc", read_imrmc),
        ("ratings-rjafroc.xlsx", read_workbook),
    ):
        path = folder / name
        path.write_bytes(files[name])
        assert scores_of(reader(path)) == held, name


def scores_of(table: Readings) -> dict[tuple[str, str], float]:
    """Lay the readers' scores out; the detector stands beside them."""
    found = {}
    for (r, m, c), score in np.ndenumerate(table.score):
        if table.readers[r].startswith("R") and not np.isnan(score):
            assert (table.readers[r], table.cases[c]) not in found, m
            found[table.readers[r], table.cases[c]] = float(score)
    return found


class Page(HTMLParser):
    """Headings and pictures of a page; tags that do not close are counted."""

    def __init__(self) -> None:
        super().__init__()
        self.sources: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.sources.append(dict(attrs)["src"] or "")

    def handle_data(self, data: str) -> None:
        self.text += data


def printed(files: Files, study: Study) -> None:
    """Read the report as PDF and as page; its figures lie inside."""
    pages = PdfReader(io.BytesIO(files["report.pdf"])).pages
    text = "".join(page.extract_text() for page in pages)
    assert study.title in text
    page = Page()
    page.feed(files["report.html"].decode())
    assert study.title in page.text
    assert page.sources
    for source in page.sources:
        assert ElementTree.fromstring(b64decode(source.removeprefix(DATA))).tag == SVG
    for reader in study.enrolments.values_list("pseudonym", flat=True):
        assert reader in text, reader
        assert reader in page.text, reader


def figure(name: str, data: bytes) -> None:
    """Open a figure, and measure it where it is made for a journal's column."""
    kind = name.rpartition(".")[2]
    column = WIDTHS.get(name.split("/")[1])
    width = KINDS[kind](data)
    if column is not None:
        assert abs(width - column) < 0.1, (name, width)


def svg_width(data: bytes) -> float:
    """Parse an SVG as XML; its width in millimetres, where it is given so."""
    root = ElementTree.fromstring(data)
    assert root.tag == SVG
    assert len(root.findall(".//*")) > 10
    text = root.get("width", "")
    return float(text.removesuffix("mm")) if text.endswith("mm") else 0.0


def pdf_width(data: bytes) -> float:
    """Read a PDF of one page; its width in millimetres."""
    (page,) = PdfReader(io.BytesIO(data)).pages
    return float(page.mediabox.width) / 72 * 25.4


def png_width(data: bytes) -> float:
    """Decode a PNG whole: something is drawn on it; its width in millimetres."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        low, high = image.convert("L").getextrema()
        assert low < high
        return image.width / DOTS


KINDS = {"svg": svg_width, "pdf": pdf_width, "png": png_width}
