"""The words of the PDF; its template looks them up by their English text.

Typst files are unknown to makemessages, so the texts are named here; a test
compares the list with the template.
"""

from __future__ import annotations

from django.utils.translation import gettext, gettext_noop

KEYS = (
    gettext_noop("AUC against years of experience."),
    gettext_noop(
        # A per cent sign, no directive. xgettext: no-python-format
        "AUC of the groups, of each reader (where there are at most twelve) and of "
        "the detector, with 95 % intervals."
    ),
    gettext_noop("Analysis of the readers and the detector"),
    gettext_noop(
        "Both twins of every photograph set aside for OPT sets, patient by patient."
    ),
    gettext_noop("Code"),
    gettext_noop("Comparison on the same cases"),
    gettext_noop(
        "Fig. 5 from this study: readers thin, group means bold, operating points, "
        "confidence bands, and the paper's values dashed grey."
    ),
    gettext_noop(
        "Fig. 7 from this study: the detector with its confidence band, and the "
        "operating points of the groups."
    ),
    gettext_noop("How each group uses the scale, by truth and lesion."),
    gettext_noop("Image pool (Table 1)"),
    gettext_noop(
        "Intervals of a group's AUC are for these very readers, only cases being "
        "random; those of differences let readers vary, too, where the table says so, "
        "and are wider."
    ),
    gettext_noop("Methods"),
    gettext_noop("Missing data and warnings"),
    gettext_noop("No departure from the protocol was recorded."),
    gettext_noop("None."),
    gettext_noop("Observer performance test: telling manipulated from original images"),
    gettext_noop("Precision, recall and F1 (Table 3)"),
    gettext_noop("Protocol"),
    gettext_noop("Protocol hash"),
    gettext_noop("Provenance"),
    gettext_noop("Quality of the manipulated images (Table 2)"),
    gettext_noop(
        "ROC curves by lesion: readers thin, group means bold, the detector, and "
        "the paper's values dashed grey."
    ),
    gettext_noop(
        "ROC curves over all lesions: the diagonal average, whose area is the mean AUC."
    ),
    gettext_noop("Readers"),
    gettext_noop("Simulated readers"),
    gettext_noop("Simulated readers."),
    gettext_noop("Synthetic phantoms"),
    gettext_noop("Synthetic phantoms."),
    gettext_noop("The detector on clusters that no training saw"),
    gettext_noop("The images are procedural drawings, not photographs of patients."),
    gettext_noop(
        "The paper's AUC values are (sensitivity + specificity) / 2 at one cut: "
        "compare them with the balanced accuracy below."
    ),
    gettext_noop(
        "The ratings in this report were drawn by a program; no doctor read these "
        "images."
    ),
)


def words() -> dict[str, str]:
    """Translate them into the active language."""
    return {key: gettext(key) for key in KEYS}
