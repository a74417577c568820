"""What a job is about, in words: its title, its arguments, its result."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forgery.imaging import domain as domains
from forgery.models import Job, Reservation
from forgery.selectors.names import recipe_name

TITLES: Mapping[str, str | Promise] = {
    "forgery.import_pool": gettext_lazy("Import the pool %(pool)s"),
    "forgery.train_manipulator": gettext_lazy(
        "Train a manipulator: %(lesion)s of pool %(pool)s"
    ),
    "forgery.manipulate": gettext_lazy("Manipulate images with %(manipulator)s"),
    "forgery.quality_report": gettext_lazy("Measure the images of %(manipulator)s"),
    "detector.train_detector": gettext_lazy(
        "Train the detector %(name)s on pool %(pool)s"
    ),
    "detector.score_pool": gettext_lazy("Score pool %(pool)s with %(detector)s"),
    "observers.score_study": gettext_lazy("Score study %(study)s with %(detector)s"),
    "observers.simulate_readers": gettext_lazy(
        "Let simulated readers read study %(study)s"
    ),
    "observers.check_images": gettext_lazy("Check images with %(detector)s"),
    "observers.make_report": gettext_lazy("Make the report of study %(study)s"),
}
WORDS: Mapping[str, str | Promise] = {
    "batch_size": gettext_lazy("Images a step"),
    "clusters": gettext_lazy("Patient clusters"),
    "columns": gettext_lazy("Columns"),
    "data_hash": gettext_lazy("Data hash"),
    "detector": gettext_lazy("Detector"),
    "device": gettext_lazy("Computing device"),
    "domain": gettext_lazy("Subject"),
    "draw": gettext_lazy("Images drawn"),
    "eyes": gettext_lazy("Eyes that count"),
    "held_out_fold": gettext_lazy("Fold left out"),
    "in_all": gettext_lazy("Images in all"),
    "is_new": gettext_lazy("Newly made"),
    "language": gettext_lazy("Language of report and figures"),
    "layout": gettext_lazy("Layout"),
    "lesion": gettext_lazy("Lesion"),
    "licence": gettext_lazy("Licence"),
    "loss": gettext_lazy("Loss"),
    "manipulator": gettext_lazy("Manipulator"),
    "manipulate": gettext_lazy("Manipulate the images then"),
    "metrics": gettext_lazy("Figures"),
    "n_images": gettext_lazy("Images"),
    "n_train": gettext_lazy("Examples to train on"),
    "n_validation": gettext_lazy("Examples to validate on"),
    "name": gettext_lazy("Name"),
    "names": gettext_lazy("Labels"),
    "new": gettext_lazy("New images"),
    "opt": gettext_lazy("Patients of a lesion kept for readers"),
    "per_lesion": gettext_lazy("Phantoms a lesion"),
    "pool": gettext_lazy("Pool"),
    "practice": gettext_lazy("Patients of a lesion kept for practice"),
    "preset": gettext_lazy("Preset"),
    "problems": gettext_lazy("Problems"),
    "provenance": gettext_lazy("Where the photographs come from"),
    "recipe": gettext_lazy("Recipe"),
    "report": gettext_lazy("Report"),
    "role": gettext_lazy("Role"),
    "roles": gettext_lazy("Roles"),
    "seconds": gettext_lazy("Seconds"),
    "seed": gettext_lazy("Seed"),
    "sha256": gettext_lazy("SHA-256"),
    "source": gettext_lazy("Source"),
    "steps": gettext_lazy("Steps"),
    "study": gettext_lazy("Study"),
    "temperature": gettext_lazy("Temperature of the calibration"),
    "threshold": gettext_lazy("Threshold (logit)"),
    "unmatched_threshold": gettext_lazy("Threshold on unmatched images (logit)"),
    "validation_auc": gettext_lazy("AUC on validation"),
    "validation_auc_dense": gettext_lazy("AUC on validation before pruning"),
    "validation_balanced_accuracy": gettext_lazy("Balanced accuracy on validation"),
    "zeros": gettext_lazy("Share of weights that are zero"),
}
EYES: Mapping[str, str | Promise] = {
    "any": gettext_lazy("any eye"),
    "right": gettext_lazy("right eyes"),
}


def word_of(key: str) -> str:
    """Say the name of an argument, result or figure in words."""
    return str(WORDS.get(key) or key.replace("_", " ").capitalize())


def value_of(key: str, value: object) -> str:
    """Say a value that has a name of its own; empty where it is its own name."""
    if key in {"lesion", "target"}:
        return lesion_name(str(value))
    if key == "recipe":
        return recipe_name(str(value))
    if key == "roles" and isinstance(value, list):
        known = dict(Reservation.Role.choices)
        return ", ".join(str(known.get(role, role)) for role in value)
    if key == "eyes":
        return str(EYES.get(str(value), value))
    return ""


def lesion_name(key: str) -> str:
    """Say a lesion's key by its name; an unknown one stays as it is."""
    for subject in domains.registered():
        if key in subject.lesion_keys:
            return _(subject.lesion(key).name)
    return key


def job_title(job: Job) -> str:
    """Say what is done to what."""
    given = {key: value or "-" for key, value in job.arguments.items()}
    given["lesion"] = lesion_name(str(given.get("lesion", "")))
    try:
        title = str(TITLES[job.kind]) % given
    except KeyError:  # a kind without a sentence, or arguments of an older program
        return _(job.kind.rpartition(".")[2].replace("_", " ").capitalize())
    fold = job.arguments.get("held_out_fold")
    if fold is None:
        return title
    return _("{title}, without fold {fold}").format(title=title, fold=fold)
