"""Photographs sent as the coordinator's browser sends them."""

import csv
import io
import zipfile

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from forgery.models import Job
from forgery.services import jobs, pools

ADDRESS = reverse("forgery:upload")


def table_of(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([["file", "lesion", "patient_id", "eye"], *rows])
    return text.getvalue().encode()


def zipped(files: dict[str, bytes]) -> SimpleUploadedFile:
    handle = io.BytesIO()
    with zipfile.ZipFile(handle, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return SimpleUploadedFile("photographs.zip", handle.getvalue())


def sent(client: Client, *files: SimpleUploadedFile, **fields) -> Job:
    data = {
        "photographs": list(files),
        "pool": "clinic",
        "provenance": "Clinic of eyes, 2024",
        "licence": "CC BY 4.0",
        "eyes": "any",
        "opt": 2,
        "practice": 0,
        "seed": 1,
    } | fields
    answer = client.post(ADDRESS, data)
    assert answer.status_code == 302, answer.context["form"].errors
    return run(Job.objects.latest("pk"))


def run(job: Job) -> Job:
    jobs.run_job(job.pk, pools.import_work)
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.message
    return job
