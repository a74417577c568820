"""``manage.py analyse``: files in, JSON out, faults in one sentence."""

import json

import pytest
from django.core.management import CommandError, call_command

from observers.analysis.imrmc import write_imrmc
from observers.analysis.workbook_write import write_workbook
from tests.golden.reference import close, read


def run(*arguments):
    call_command("analyse", *map(str, arguments))


def test_three_formats_give_the_same_numbers(shared, tmp_path):
    source = shared / "reference" / "data" / "vandyke.csv"
    readings = read(shared, "vandyke")
    write_imrmc(readings, tmp_path / "v.imrmc")
    write_workbook(readings, tmp_path / "v.xlsx")
    found = []

    for path in (source, tmp_path / "v.imrmc", tmp_path / "v.xlsx"):
        run(path, "--json", tmp_path / "out.json")
        found.append(json.loads((tmp_path / "out.json").read_text()))

    assert found[0]["pairs"] == found[1]["pairs"] == found[2]["pairs"]
    close(found[0]["pairs"][0]["or"]["jackknife"]["rrrc"]["f"], 4.45631869315726)


def test_options_reach_the_analysis(shared, tmp_path):
    source = shared / "reference" / "data" / "study50_public.csv"
    out = tmp_path / "new" / "out.json"

    run(
        *(source, "--json", out, "--report", tmp_path / "report"),
        *("--standalone", "modality:AI", "--covariance", "delong"),
        *("--alpha", "0.1", "--margin", "0.05", "--seed", "7"),
    )

    found = json.loads(out.read_text())
    assert found["options"]["seed"] == 7
    assert found["standalone"][0]["covariance"]["rrrc"] == "delong"
    assert "90% interval" in (tmp_path / "report" / "report.md").read_text()


def test_lesions_are_analysed_on_request(tmp_path):
    rows = ["reader,modality,case,truth,score,lesion"]
    for k in range(24):
        lesion = "Normal" if k < 12 else "Glaucoma"
        rows += [f"R{r},A,c{k},{k % 2},{(k * 7 + r) % 11},{lesion}" for r in range(3)]
    (tmp_path / "a.csv").write_text("\n".join(rows))

    run(tmp_path / "a.csv", "--json", tmp_path / "out.json", "--by", "lesion")

    found = json.loads((tmp_path / "out.json").read_text())
    assert sorted(found["lesions"]) == ["Glaucoma", "Normal"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("reader,modality,case,score\nR1,A,c1,2\n", "a.csv, line 2, field truth"),
        (
            "reader,modality,case,truth,score\nR1,A,c1,1,high\n",
            "a.csv, line 2, field score: 'high'",
        ),
    ],
)
def test_bad_input_is_one_sentence_with_file_line_and_field(tmp_path, text, message):
    (tmp_path / "a.csv").write_text(text)

    with pytest.raises(CommandError, match=message) as fault:
        run(tmp_path / "a.csv", "--json", tmp_path / "out.json")

    assert "\n" not in str(fault.value)
    assert not (tmp_path / "out.json").exists()


def test_missing_lesions_are_named_with_the_file(shared, tmp_path):
    source = shared / "reference" / "data" / "vandyke.csv"

    with pytest.raises(CommandError, match=r"vandyke\.csv, line 1, field lesion"):
        run(source, "--json", tmp_path / "out.json", "--by", "lesion")


def test_unwritable_output_is_named(shared, tmp_path):
    (tmp_path / "file").write_text("")
    source = shared / "reference" / "data" / "vandyke.csv"

    with pytest.raises(CommandError, match="cannot be written"):
        run(source, "--json", tmp_path / "file" / "out.json")
