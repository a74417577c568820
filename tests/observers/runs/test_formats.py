"""Every format of an export has the same numbers."""

import csv
import hashlib
import io
import json
import re
import zipfile
from html.parser import HTMLParser

import openpyxl
import pypdf
import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from observers.analysis.imrmc import parse_imrmc
from observers.analysis.tidy_csv import read_csv
from observers.analysis.workbook import read_workbook
from observers.reports import bundle, journal, plots
from observers.reports.exports import sheets
from observers.reports.mrmc import in_order
from observers.reports.study_tables import study_tables
from tests.observers.runs.asking import run_of
from tests.observers.runs.conftest import TINY


def test_app_equals_analyse_on_the_exported_csv_to_the_last_digit(
    locked, detector, tmp_path
):
    """Readers, groups and detector: every number of the run, compared exactly."""
    run = run_of(locked, detector=detector)
    report = bundle.build(run)
    (tmp_path / "ratings.csv").write_bytes(report.files["ratings.csv"])

    call_command(
        *("analyse", str(tmp_path / "ratings.csv"), "--json", str(tmp_path / "o.json")),
        *("--by", "lesion", "--standalone", "modality:detector"),
        *("--covariance", "jackknife", "--margin", "0.1"),
        *("--seed", str(locked.rules.seed)),
    )

    found = json.loads((tmp_path / "o.json").read_text())
    own = json.loads(report.files["result.json"])
    assert found == {k: v for k, v in own["mrmc"].items() if k in found}
    lesions = own["study"]["lesions"]
    for lesion in (row["key"] for row in lesions):
        part = found["lesions"][lesion]
        for row in part["auc"]:
            side = own["detector"] if row["reader"] == "detector" else None
            side = side or own["readers"][row["reader"]]
            assert side[lesion]["auc"] == row["auc"]
        for row in part["standalone"]:
            if row["group"] != "all":
                assert own["groups"][row["group"]][lesion]["auc"] == row["readers_auc"]
            assert own["detector"][lesion]["auc"] == row["standalone_auc"]


def test_every_format_has_the_same_numbers(locked, detector, tmp_path):
    run = run_of(locked, detector=detector)
    report = bundle.build(run)
    files = report.files

    assert json.loads(files["result.json"])["mrmc"] == run.result
    wanted = flat_numbers(in_order(run.result, locked.rules.lesions))
    assert len(wanted) > 200
    assert csv_numbers(files["mrmc.csv"]) == wanted
    assert workbook_numbers(files["result.xlsx"]) == wanted
    cells = [
        cell
        for table in report.result["mrmc_tables"]
        for row in table["rows"]
        for cell in row
    ]
    printed = study_tables(report.result)
    assert {"table1", "readers", "areas", "operating"} <= set(printed)
    cells += [
        cell
        for table in printed.values()
        for row in table["rows"]
        for cell in row["cells"]
    ]
    page = Cells()
    page.feed(files["report.html"].decode())
    assert not [cell for cell in cells if cell not in page.found]
    pdf = squeezed(
        "".join(
            part.extract_text()
            for part in pypdf.PdfReader(io.BytesIO(files["report.pdf"])).pages
        )
    )
    assert not [cell for cell in cells if squeezed(cell) not in pdf]


def test_printed_cells_are_the_numbers_rounded(locked, detector):
    run = run_of(locked, detector=detector)
    tables = {t["key"]: t for t in bundle.build(run).result["mrmc_tables"]}
    first = run.result["lesions"][locked.rules.lesions[0]]

    row = first["standalone"][0]
    cells = tables["standalone"]["rows"][0]
    minus = "\N{MINUS SIGN}"
    assert float(cells[2]) == round(row["readers_auc"], 3)
    assert float(cells[3]) == round(row["standalone_auc"], 3)
    assert float(cells[4].replace(minus, "-")) == round(row["difference"], 3)
    assert tables["hypothesis"]["rows"]
    assert {"areas", "groups", "agreement", "calibration", "missing"} <= set(tables)


def test_ratings_read_back_give_the_same_areas(locked, detector, tmp_path):
    """.imrmc, RJafroc's workbook and CSV hold the very scores that were analysed."""
    run = run_of(locked, detector=detector)
    files = bundle.build(run).files
    (tmp_path / "r.csv").write_bytes(files["ratings.csv"])
    (tmp_path / "r.xlsx").write_bytes(files["ratings-rjafroc.xlsx"])
    text = files["ratings.imrmc"].decode()
    assert "\nBEGIN DATA:\ntruth," in text

    known = read_csv(tmp_path / "r.csv")
    for other in (parse_imrmc(text), read_workbook(tmp_path / "r.xlsx")):
        assert other.readers == known.readers
        assert other.modalities == known.modalities
        place = [other.cases.index(case) for case in known.cases]
        again = other.score[:, :, place]
        assert ((again == known.score) | (known.score != known.score)).all()
        assert (other.truth[place] == known.truth).all()


def test_fig_5_and_fig_7_are_drawn(locked, detector, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(plots, "KINDS", ("svg",))
    files = bundle.build(run_of(locked, detector=detector)).files
    alone = bundle.build(run_of(locked)).files

    assert b"Hilgers 1991" in files["figures/fig5.svg"]
    assert b"Detector" in files["figures/fig7.svg"]
    assert "figures/fig7.svg" not in alone


def test_export_refuses_a_reader_who_is_not_there(locked, tmp_path):
    with pytest.raises(CommandError, match="No reader is called X9"):
        call_command(
            "export_report", locked.name, "--out", str(tmp_path), "--leave-out", "X9"
        )


def flat_numbers(found):
    """Every number of the tables: (table, row, quantity) -> float."""
    return {
        (table, str(number), quantity): float(value)
        for table, rows in sheets(found).items()
        for number, row in enumerate(rows, start=1)
        for quantity, value in row.items()
        if isinstance(value, int | float)
    }


def csv_numbers(data):
    rows = csv.DictReader(io.StringIO(data.decode()))
    return {
        (row["table"], row["row"], row["quantity"]): float(
            {"True": "1", "False": "0"}.get(row["value"], row["value"])
        )
        for row in rows
        if re.fullmatch(r"True|False|-?[0-9]+(\.[0-9]*)?(e[+-]?[0-9]+)?", row["value"])
    }


def workbook_numbers(data):
    book = openpyxl.load_workbook(io.BytesIO(data))
    found = {}
    for sheet in book.worksheets:
        head, *rows = sheet.iter_rows(values_only=True)
        for number, row in enumerate(rows, start=1):
            for quantity, value in zip(head, row, strict=True):
                if isinstance(value, int | float):
                    found[sheet.title, str(number), quantity] = float(value)
    return found


class Cells(HTMLParser):
    """The text of every table cell."""

    def __init__(self):
        super().__init__()
        self.found, self.text = set(), None

    def handle_starttag(self, tag, _attrs):
        if tag == "td":
            self.text = ""

    def handle_data(self, data):
        if self.text is not None:
            self.text += data

    def handle_endtag(self, tag):
        if tag == "td":
            self.found.add(self.text)
            self.text = None


def squeezed(text):
    """Text without spaces, hyphens of line ends and soft breaks."""
    return re.sub(r"[\s\u00ad\u200b-]+", "", text)


def test_files_are_the_same_whatever_order_a_database_keeps(locked, detector):
    run = run_of(locked, detector=detector)
    files = bundle.build(run).files

    run.result = json.loads(json.dumps(run.result, sort_keys=True))
    again = bundle.build(run).files

    assert {name for name in files if files[name] != again[name]} == set()


def test_lesions_stand_in_the_order_of_the_protocol(locked, detector):
    result = bundle.build(run_of(locked, detector=detector)).result

    names = [
        row["name"] for row in result["rows"] if row["key"] in locked.rules.lesions
    ]
    areas = next(t for t in result["mrmc_tables"] if t["key"] == "areas")
    hypothesis = next(t for t in result["mrmc_tables"] if t["key"] == "hypothesis")
    assert areas["head"][2:] == names
    shown = list(dict.fromkeys(row[0] for row in hypothesis["rows"]))
    assert shown == [*names, "Mean over lesions"]


def test_page_and_command_give_the_same_bytes_and_a_manifest_names_them(
    locked, detector, tmp_path
):
    """One click and one command: same lock, same settings, same files."""
    from django.core.files.storage import default_storage

    from observers.models import Report
    from observers.reports.body import file_name

    clicked = bundle.build(run_of(locked, detector=detector)).files
    call_command(
        "export_report",
        locked.name,
        "--out",
        str(tmp_path / "o"),
        "--detector",
        detector,
    )

    written = {
        str(path.relative_to(tmp_path / "o")): path.read_bytes()
        for path in (tmp_path / "o").rglob("*")
        if path.is_file()
    }
    assert written == clicked
    report = Report.objects.get()
    with default_storage.open(file_name(report, "everything.zip")) as stored:
        assert stored.read() == clicked["everything.zip"]
    manifest = json.loads(clicked["manifest.json"])
    with zipfile.ZipFile(io.BytesIO(clicked["everything.zip"])) as archive:
        assert set(archive.namelist()) == set(clicked) - {"everything.zip"}
        for entry in manifest["files"]:
            data = archive.read(entry["name"])
            assert hashlib.sha256(data).hexdigest() == entry["sha256"]
            assert len(data) == entry["bytes"]
    assert manifest["lock_hash"] == locked.lock.data_hash


def test_case_and_curve_tables_are_tidy(locked, detector):
    report = bundle.build(run_of(locked, detector=detector))

    cases = list(csv.DictReader(io.StringIO(report.files["cases.csv"].decode())))
    curves = list(csv.DictReader(io.StringIO(report.files["curves.csv"].decode())))

    assert len(cases) == len(report.view["cases"])
    assert {row["truth"] for row in cases} == {"0", "1"}
    assert {row["level"] for row in curves} == {"reader", "group", "detector"}
    assert all((row["tpr"] == "") == (row["lower"] != "") for row in curves)


@pytest.mark.parametrize(("name", "width"), [("roc-normal", 85), ("forest", 174)])
def test_figures_have_the_width_of_a_journals_columns(name, width):
    svg = TINY.replace(b'height="9"', b'height="18"')
    files = journal.all_sizes({f"{name}.svg": svg})

    column = "single" if width == 85 else "double"
    page = pypdf.PdfReader(io.BytesIO(files[f"figures/{column}/{name}.pdf"])).pages[0]
    picture = Image.open(io.BytesIO(files[f"figures/{column}/{name}.png"]))
    inch = 25.4
    assert float(page.mediabox.width) * inch / 72 == pytest.approx(width, abs=0.1)
    assert float(page.mediabox.height) * inch / 72 == pytest.approx(2 * width, abs=0.1)
    assert picture.width * inch / 600 == pytest.approx(width, abs=0.1)
    assert f'width="{width}.00mm"'.encode() in files[f"figures/{column}/{name}.svg"]
    assert files == journal.all_sizes({f"{name}.svg": svg})
