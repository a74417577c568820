"""A locked study of many readers with its report, in the bench's database."""

import hashlib
import uuid

import numpy as np
from django.urls import reverse
from django.utils import timezone

from forgery.imaging import domain
from observers.analysis.tidy import from_rows
from observers.models import DataLock, PlanItem, Rating, Session, Study
from observers.models.protocol import Group
from observers.reports.mrmc import add_run
from observers.reports.result import build_result, compare
from observers.reports.view import build_view
from observers.selectors.readings import data_hash
from observers.selectors.runs import asked, used_rows
from observers.services import analysing, enrolment, freezing
from tests import factories


def make(n_readers: int, n_lesions: int, n_cases: int) -> Study:
    """Make the study, read by everybody, locked, analysed."""
    lesions = domain.get("fundus").lesion_keys[:n_lesions]
    pool = factories.tiny_pool(lesions, n=n_cases + 4).pool
    groups = (
        Group("ophthalmologists", "Ophthalmologists", n_readers // 2),
        Group("general-doctors", "General doctors", n_readers // 2),
    )
    protocol = factories.tiny_protocol(
        lesions=lesions, n_original=n_cases - 5, n_manipulated=5, groups=groups
    )
    study = factories.StudyFactory(pool=pool, protocol=protocol, name="bench")
    for number in range(n_readers):
        reader = enrolment.NewReader(
            f"reader-{number}", groups[number % 2].key, 3 + number % 20
        )
        enrolment.enrol_reader(study=study, actor=None, reader=reader)
    study = freezing.freeze_study(study=study, user=study.owner)
    rate(study)
    Study.objects.filter(pk=study.pk).update(state=Study.State.LOCKED)
    study.refresh_from_db()
    DataLock.objects.create(study=study, data_hash=data_hash(study))
    report(study)
    return study


def rate(study: Study) -> None:
    """Write every rating at once; what a page counts, no chain."""
    rng = np.random.default_rng(1)
    items = PlanItem.objects.filter(session__enrolment__study=study)
    truths = dict(items.values_list("pk", "case__truth__truth"))
    now = timezone.now()
    made = []
    for item in items.iterator():
        shift = 25 if truths[item.pk] == "manipulated" else 0
        score = int(np.clip(rng.normal(40 + shift, 20), 0, 100))
        made.append(
            Rating(
                item=item,
                session_id=item.session_id,
                version=1,
                score=score,
                elapsed_ms=int(rng.integers(1500, 20000)),
                idempotency_key=uuid.uuid4(),
                received_at=now,
                sequence=item.position,
                hash=hashlib.sha256(str(item.pk).encode()).hexdigest(),
            )
        )
    Rating.objects.bulk_create(made, batch_size=2000)
    Session.objects.filter(enrolment__study=study).update(
        started_at=now, finished_at=now
    )


def report(study: Study) -> None:
    """Analyse and keep what the pages show; no figure is drawn."""
    run = analysing.run_analysis(
        study=study, settings=asked(study, {"covariance": "delong"}), user=study.owner
    )
    rows = used_rows(study, None)
    readings = from_rows(iter(rows), source=study.name)
    compared = compare(study, readings)
    study.reports.create(
        run=run,
        result=add_run(build_result(study, None, compared), run),
        view=build_view(study, None, rows, (readings, compared)),
        code_version="bench",
    )


def pages(study: Study, code: str) -> dict[str, str]:
    """Name each desk page with its address."""
    own = ("study", "readers", "protocol", "trail", "results", "conduct", "report")
    found = {"studies": "/", "new study": reverse("observers:create")}
    found |= {
        name: reverse(f"observers:{name}", args=[study.name])
        for name in (*own, "cases")
    }
    found["reader"] = reverse("observers:reader", args=[study.name, "R01"])
    found["case"] = reverse("observers:case", args=[study.name, code])
    found["check images"] = reverse("observers:check")
    found["API"] = reverse("api:docs")
    found["pools"] = reverse("forgery:pools")
    for name in ("pool", "images"):
        found[name] = reverse(f"forgery:{name}", args=[study.pool.name])
    found["manipulators"] = reverse("forgery:manipulators")
    found["models"] = reverse("detector:models")
    found["activity"] = reverse("forgery:jobs")
    return found
