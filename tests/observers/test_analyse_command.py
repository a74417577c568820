"""``manage.py analyse``: files in, JSON out, faults in one sentence."""

import io
import json
import zipfile

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from observers.analysis.imrmc import write_imrmc
from observers.analysis.tidy_csv import write_csv
from observers.analysis.workbook_write import write_workbook
from tests.golden.reference import close, read

HEAD = "reader,modality,case,truth,score\n"


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


def test_another_figure_and_binormal_curves_on_request(shared, tmp_path):
    source = shared / "reference" / "data" / "vandyke.csv"

    run(
        *(source, "--json", tmp_path / "out.json", "--binormal"),
        *("--figure", "partial-auc:0.8:1"),
    )

    found = json.loads((tmp_path / "out.json").read_text())
    pair = found["figure"]["pairs"][0]
    values = [row["value"] for row in found["figure"]["values"]]
    assert pair["difference"] == pytest.approx(
        sum(values[:5]) / 5 - sum(values[5:]) / 5
    )
    assert pair["rrrc"]["p"] < 1
    assert [row["b"] for row in found["binormal"]]
    with pytest.raises(CommandError, match="figure: 'roundness' is not"):
        run(source, "--json", tmp_path / "o.json", "--figure", "roundness")


def test_another_figure_of_an_incomplete_study_has_a_note(shared, tmp_path):
    source = shared / "reference" / "data" / "missing12_public.csv"

    run(source, "--json", tmp_path / "out.json", "--figure", "sensitivity:1")

    found = json.loads((tmp_path / "out.json").read_text())
    assert "complete design" in found["figure"]["notes"][0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "reader,modality,case,score\nR1,A,c1,2\n",
            "a.csv, line 1, field truth: the column is absent",
        ),
        ("", "a.csv, line 2, field score: there is no row"),
        (HEAD + "R1,A,c1,1,high\n", "a.csv, line 2, field score: 'high'"),
        (HEAD + "\n\nR1,A,c1,2,5\n", "a.csv, line 4, field truth: '2' is not"),
        (HEAD + "R1,A,c1,1\n", "a.csv, line 2, field score: 4 fields, but"),
        (HEAD + "R1,A,c1,1,5,6\n", "a.csv, line 2, field score: 6 fields, but"),
        (HEAD + "R1,A,c1,1,1_0\n", "a.csv, line 2, field score: '1_0' is not"),
        (HEAD + '"R1,A,c1,1,5\n', "a.csv, line 2, field text: is not sound CSV"),
        (
            "score," + HEAD + "5,R1,A,c1,1,5\n",
            "a.csv, line 1, field score: two columns have this name",
        ),
        (
            HEAD.replace("\n", ",years\n") + "R1,A,c1,1,5,-2\n",
            "a.csv, line 2, field years: -2 is below 0",
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


CELL = st.sampled_from(["0", "1", "2", "2.5", "-inf", "", "NA"])
NAME = st.sampled_from(["a", "b", "c"])
LOOSE = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def no_constant(name):
    msg = f"{name} in the JSON"
    raise AssertionError(msg)


def analysed_or_refused(folder, path):
    """Give the parsed output, or the refusal; anything else is a fault."""
    try:
        run(path, "--json", folder / "out.json", "--report", folder / "report")
    except CommandError as fault:
        return str(fault)
    text = (folder / "out.json").read_text()
    return json.loads(text, parse_constant=no_constant)


@LOOSE
@given(
    cells=st.dictionaries(
        st.tuples(NAME, NAME, st.integers(0, 8)), CELL, min_size=1, max_size=50
    ),
    manipulated=st.sets(st.integers(0, 8)),
)
def test_any_table_of_ratings_is_analysed_without_nan(tmp_path, cells, manipulated):
    """Any readers, modalities, gaps, ties and class sizes, and no traceback."""
    rows = [
        f"{reader},{modality},c{case},{int(case in manipulated)},{score}\n"
        for (reader, modality, case), score in cells.items()
    ]
    (tmp_path / "a.csv").write_text(HEAD + "".join(rows))

    found = analysed_or_refused(tmp_path, tmp_path / "a.csv")

    assert isinstance(found, dict)
    assert {"design", "auc", "modalities", "pairs", "readers", "groups"} <= set(found)


@LOOSE
@given(
    data=st.data(),
    kind=st.sampled_from(["a.csv", "a.imrmc", "a.xlsx"]),
    cut=st.integers(0, 3),
)
def test_a_damaged_file_is_refused_in_one_sentence(shared, tmp_path, data, kind, cut):
    """Bytes changed at random: analysed or refused by name, never a traceback."""
    readings = read(shared, "degen_one_reader")
    path = tmp_path / kind
    writers = {".csv": write_csv, ".imrmc": write_imrmc, ".xlsx": write_workbook}
    writers[path.suffix](readings, path)
    content = bytearray(path.read_bytes())
    if path.suffix == ".xlsx" and cut:
        content = damaged_member(content, data)
    else:
        damage(content, data)
    path.write_bytes(bytes(content))

    found = analysed_or_refused(tmp_path, path)

    if isinstance(found, str):
        assert "\n" not in found
        assert f"{path.name}, " in found
        assert "line " in found


def damage(content, data):
    """Change some bytes in place."""
    places = st.integers(0, max(len(content) - 1, 0))
    changes = st.lists(st.tuples(places, st.integers(32, 126)), min_size=1, max_size=4)
    for place, value in data.draw(changes):
        content[place] = value


def damaged_member(content, data):
    """Damage one file inside a workbook, whose checksums stay right."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(bytes(content))) as old,
        zipfile.ZipFile(out, "w") as new,
    ):
        chosen = data.draw(st.sampled_from(old.namelist()))
        for name in old.namelist():
            part = bytearray(old.read(name))
            if name == chosen:
                damage(part, data)
            new.writestr(name, bytes(part))
    return out.getvalue()
