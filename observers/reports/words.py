"""The words of the PDF; its template looks them up by their English text.

Typst files are unknown to makemessages, so the texts are named here; a test
compares the list with the template.
"""

from __future__ import annotations

from django.utils.translation import gettext, gettext_noop

KEYS = (
    gettext_noop("AUC [95 % interval]"),
    gettext_noop("AUC against years of experience."),
    gettext_noop("AUC of each reader, group and the detector with 95 % intervals."),
    gettext_noop("Analysis of the readers and the detector"),
    gettext_noop("Balanced accuracy"),
    gettext_noop("Baseline: one feature"),
    gettext_noop(
        "Both twins of every photograph set aside for OPT sets, patient by patient."
    ),
    gettext_noop("Code"),
    gettext_noop("Comparison on the same cases"),
    gettext_noop("Detector"),
    gettext_noop("Excluded, by reason"),
    gettext_noop(
        "Fig. 5 from this study: readers thin, group means bold, operating "
        "points, confidence bands, and the paper's values dashed grey."
    ),
    gettext_noop(
        "Fig. 7 from this study: the detector with its confidence band, and the"
        " operating points of the groups."
    ),
    gettext_noop("Group"),
    gettext_noop("How each group uses the scale, by truth and lesion."),
    gettext_noop("Image pool (Table 1)"),
    gettext_noop("Included"),
    gettext_noop("Lesion"),
    gettext_noop("Manipulated: P"),
    gettext_noop("Matched view"),
    gettext_noop("Mean over lesions"),
    gettext_noop("Methods"),
    gettext_noop("Missing"),
    gettext_noop("Missing data and warnings"),
    gettext_noop("None."),
    gettext_noop("Observer performance test: telling manipulated from original images"),
    gettext_noop("Original: P"),
    gettext_noop("Paper"),
    gettext_noop("Precision, recall and F1 (Table 3)"),
    gettext_noop("Protocol"),
    gettext_noop("Protocol hash"),
    gettext_noop("Provenance"),
    gettext_noop("Quality of the manipulated images (Table 2)"),
    gettext_noop("RMSE, raw"),
    gettext_noop("Rated"),
    gettext_noop("Reader"),
    gettext_noop("Readers"),
    gettext_noop("SSIM, raw"),
    gettext_noop("Simulated readers"),
    gettext_noop("Simulated readers."),
    gettext_noop("Synthetic phantoms"),
    gettext_noop("Synthetic phantoms."),
    gettext_noop("The detector on clusters that no training saw"),
    gettext_noop("The images are procedural drawings, not photographs of patients."),
    gettext_noop(
        "The ratings in this report were drawn by a program; no doctor read "
        "these images."
    ),
    gettext_noop("Unmatched view: contains the filter shortcut"),
    gettext_noop("Years"),
    gettext_noop("not computed"),
)


def words() -> dict[str, str]:
    """Translate them into the active language."""
    return {key: gettext(key) for key in KEYS}
