"""Backup and restore: a round trip with an open study, refusals, what is not in it."""

import io
import json
import tarfile

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from observers import triggers
from observers.models import Case, Rating, Session, Study
from observers.services.verification import verify_study
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def study(settings):
    settings.VAR_DIR.mkdir(parents=True)
    opened = factories.open_study()
    session = factories.started_session(opened)
    factories.rate_next(session, 70)
    factories.rate_next(session, 20)
    return opened


def test_an_open_study_comes_back_whole_and_goes_on(study, tmp_path):
    archive = tmp_path / "backup.tar.gz"
    session = Session.objects.filter(started_at__isnull=False).get()
    case = Case.objects.filter(opt_set__study=study)[0]
    with case.file.open("rb") as handle:
        before = handle.read()
    call_command("backup", "--out", str(archive))

    factories.rate_next(session, 99)  # lost with what comes after a backup
    default_storage.delete(case.file.name)
    default_storage.save("later.txt", ContentFile(b"stays"))
    call_command("restore", str(archive), "--replace")

    found = Study.objects.get(pk=study.pk)
    assert found.state == Study.State.OPEN
    assert Rating.objects.count() == 2
    assert verify_study(study=found).is_sound
    assert triggers.missing() == []
    with Case.objects.get(pk=case.pk).file.open("rb") as handle:
        assert handle.read() == before
    assert default_storage.exists("later.txt")
    factories.rate_next(Session.objects.get(pk=session.pk), 30)
    assert Rating.objects.count() == 3
    assert verify_study(study=found).is_sound


def test_studies_are_not_overwritten_by_accident(study, tmp_path):
    archive = tmp_path / "backup.tar.gz"
    call_command("backup", "--out", str(archive))

    with pytest.raises(CommandError, match="say --replace"):
        call_command("restore", str(archive))


def test_another_key_is_refused_before_anything_is_touched(study, tmp_path, settings):
    archive = tmp_path / "backup.tar.gz"
    call_command("backup", "--out", str(archive))
    settings.CHAIN_KEY = "of another server"

    with pytest.raises(CommandError, match="CHAIN_KEY"):
        call_command("restore", str(archive), "--replace")


def test_a_damaged_archive_is_refused(study, tmp_path):
    archive, damaged = tmp_path / "backup.tar.gz", tmp_path / "damaged.tar.gz"
    call_command("backup", "--out", str(archive))
    with tarfile.open(archive) as source, tarfile.open(damaged, "w:gz") as target:
        for entry in source:
            data = source.extractfile(entry).read()
            if entry.name.startswith("files/cases/"):
                data = data[:-1] + b"!"
            target.addfile(entry, io.BytesIO(data))
    (tmp_path / "text.tar.gz").write_text("no archive")

    with pytest.raises(CommandError, match="damaged"):
        call_command("restore", str(damaged), "--replace")
    with pytest.raises(CommandError, match="no backup"):
        call_command("restore", str(tmp_path / "text.tar.gz"), "--replace")


@pytest.mark.parametrize("name", ["../escaped", "/tmp/escaped", "linked"])
def test_an_archive_writes_nothing_but_files_below_itself(study, tmp_path, name):
    archive, outside = tmp_path / "evil.tar.gz", tmp_path / "outside"
    entry = tarfile.TarInfo(name)
    entry.size = 4
    if name == "linked":
        entry.type, entry.linkname, entry.size = tarfile.SYMTYPE, str(outside), 0
    with tarfile.open(archive, "w:gz") as target:
        target.addfile(entry, io.BytesIO(b"evil"))

    with pytest.raises(CommandError, match=f"no backup.*{name}"):
        call_command("restore", str(archive), "--replace")


def test_the_keys_are_not_in_the_archive(study, tmp_path, settings):
    archive = tmp_path / "backup.tar.gz"
    call_command("backup", "--out", str(archive))

    with tarfile.open(archive) as source:
        names = source.getnames()
        manifest = json.load(source.extractfile("manifest.json"))
    assert set(manifest["files"]) == set(names) - {"manifest.json"}
    assert not [name for name in names if "secret" in name or "key" in name]
    assert settings.CHAIN_KEY not in json.dumps(manifest)
