"""The commands: what they make, what they print, one sentence on bad input."""

import json

import pytest
from django.core.management import CommandError, call_command

from observers import triggers
from observers.models import Enrolment, Rating, Study
from tests import factories

SMALL = ["--n-original", "3", "--n-manipulated", "1"]


@pytest.fixture
def pool(db):
    return factories.tiny_pool().pool


@pytest.fixture
def protocol(tmp_path):
    path = tmp_path / "protocol.json"
    document = {
        "lesions": ["glaucoma", "normal"],
        "reader_profile": {"size": 64},
        "undo_seconds": 0,
    }
    path.write_text(json.dumps(document))
    return str(path)


def create(pool, protocol, *arguments, name="pilot"):
    call_command(
        "create_study",
        *("--pool", pool.name, "--name", name, "--protocol", protocol),
        *SMALL,
        *arguments,
    )
    return Study.objects.get(name=name)


def test_create_study_makes_a_draft_with_the_protocol(pool, protocol, capsys):
    study = create(pool, protocol, "--seed", "7", "--title", "A pilot")

    assert study.state == "draft"
    assert study.title == "A pilot"
    assert study.rules.seed == 7
    assert study.rules.undo_seconds == 0
    assert [g.key for g in study.groups.all()] == [
        "ophthalmologists",
        "general-doctors",
    ]
    assert "study pilot: draft, 0 readers" in capsys.readouterr().out


def test_create_study_enrols_readers_and_opens(pool, protocol, tmp_path, capsys):
    known = factories.UserFactory(username="kim")
    factories.UserFactory(username="boss")
    table = tmp_path / "readers.csv"
    table.write_text("username,group,years,email\nlee,general-doctors,6.5,l@x.org\n")

    study = create(
        pool,
        protocol,
        *("--reader", "kim:ophthalmologists:12", "--readers", str(table)),
        *("--coordinator", "boss", "--open"),
    )

    out = capsys.readouterr().out
    assert study.state == "open"
    assert not study.is_simulated
    assert Enrolment.objects.get(user=known).years == 12
    assert "lee, new account with the password " in out
    assert "kim, new" not in out
    assert study.roles.get().role == "coordinator"


def test_groups_set_the_planned_numbers(pool, protocol):
    study = create(pool, protocol, "--groups", "ophthalmologists=4", "nurses=1")

    assert [(g.key, g.n_readers, g.name) for g in study.rules.groups] == [
        ("ophthalmologists", 4, "Ophthalmologists"),
        ("nurses", 1, "Nurses"),
    ]


def test_whole_way_by_commands(pool, protocol, capsys):
    create(pool, protocol, "--groups", "ophthalmologists=1", "general-doctors=1")

    call_command("simulate_readers", "pilot", "--seed", "3", "--lock")
    call_command("simulate_readers", "pilot", "--seed", "3", "--lock")
    call_command("verify_study", "pilot")

    study = Study.objects.get(name="pilot")
    assert study.state == "locked"
    assert study.is_simulated
    assert Rating.objects.count() == 16
    assert "16 ratings in 4 sessions verified, no fault" in capsys.readouterr().out


def test_freeze_without_readers_enrols_simulated_ones(pool, protocol, capsys):
    study = create(pool, protocol, "--freeze")

    assert study.state == "frozen"
    assert study.is_simulated
    assert study.enrolments.count() == 5
    assert "simulated readers are enrolled" in capsys.readouterr().out


def test_move_study_goes_step_by_step(pool, protocol):
    create(pool, protocol, "--reader", "a:ophthalmologists:12")

    for state in ("frozen", "open", "closed", "locked"):
        call_command("move_study", "pilot", "--to", state)
        assert Study.objects.get(name="pilot").state == state


def test_verify_study_fails_and_names_the_fault(pool, protocol, capsys):
    create(pool, protocol, "--groups", "ophthalmologists=1")
    call_command("simulate_readers", "pilot")
    with triggers.lifted():
        Rating.objects.filter(sequence=2).update(elapsed_ms=1)

    with pytest.raises(CommandError, match="faults found"):
        call_command("verify_study", "pilot")
    assert "rating 2 was changed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--pool", "none"], "No pool 'none'"),
        (["--name", "A B"], "The name 'A B' cannot be used"),
        (["--name", "new"], "The name 'new' cannot be used"),
        (["--seed", "-1"], "Protocol field seed"),
        (["--groups", "nurses"], "--groups wants NAME=VALUE"),
        (["--groups", "nurses=many"], "whole number"),
        (["--reader", "kim"], "--reader wants USER:GROUP:YEARS"),
        (["--reader", "kim:nurses:5"], "'nurses' is not a group"),
        (["--reader", "kim:ophthalmologists:99"], "between 0 and 80"),
        (["--coordinator", "nobody"], "no account called 'nobody'"),
        (["--manipulators", "m-none", "--freeze"], "0 of 1 manipulated"),
        (["--n-original", "30", "--freeze"], "8 of 31 clusters"),
        (["--protocol", "/no/such/file.json"], "cannot be read"),
        (["--readers", "/no/such/file.csv"], "cannot be read"),
    ],
)
def test_bad_input_is_one_sentence(pool, protocol, arguments, sentence):
    with pytest.raises(CommandError, match=sentence) as fault:
        create(pool, protocol, *arguments)

    assert "\n" not in str(fault.value)
    assert not Study.objects.exists()


@pytest.mark.parametrize("command", ["verify_study", "simulate_readers", "move_study"])
def test_unknown_study_is_named_with_those_there_are(study, command):
    more = ["--to", "open"] if command == "move_study" else []

    with pytest.raises(CommandError, match=f"No study 'none'; there are: {study.name}"):
        call_command(command, "none", *more)


def test_readers_file_names_line_and_field(pool, protocol, tmp_path):
    table = tmp_path / "readers.csv"
    table.write_text("username,group,years\na,ophthalmologists,5\nb,,7\n")

    with pytest.raises(CommandError, match=r"readers\.csv, line 3, field group"):
        create(pool, protocol, "--readers", str(table))
    table.write_text("username,group,years\na,ophthalmologists,five\n")
    with pytest.raises(CommandError, match="line 2, field years: 'five'"):
        create(pool, protocol, "--readers", str(table), name="second")


def test_study_of_the_same_name_is_refused(pool, protocol):
    create(pool, protocol)

    with pytest.raises(CommandError, match="study called pilot already"):
        create(pool, protocol)


def test_unequal_filters_warn(pool, protocol, capsys):
    create(pool, protocol, "--filters", "unequal", "--freeze")

    assert "sharpness alone" in capsys.readouterr().err
