"""Peers' values that are not demanded of us, each with the reason.

Everything else in ``shared/reference/expected.json`` is reproduced within 1e-9
relative or 1e-12 absolute (iMRMC Java, which prints nine digits: 1e-6).
"""

EXCLUSIONS: dict[str, str] = {
    "iMRMC p and CI": (
        "iMRMC truncates its degrees of freedom to a whole number and switches to "
        "the normal at 50; ours are real-valued"
    ),
    "iMRMC Java dfBDG, readers or cases not paired across modalities": (
        "kundel and readernested_public: Java and R print different degrees of "
        "freedom for the same data (Java adds the two modalities' terms apart and "
        "takes its least df over all readers); we give R's"
    ),
    "iMRMC Java dfHillis": (
        "a column of Java's screen only, rounded with the p-values above; Hillis's "
        "degrees of freedom are compared with MRMCaov and RJafroc"
    ),
    "iMRMC Java DBMtable, and MLE rows of its ORtable": (
        "linear rearrangements of the BDG and BCK tables (which are reproduced at "
        "the six digits printed) for its screen only"
    ),
    "MRMCaov FRRC global test, Cov2 < Cov3": (
        "MRMCaov 0.3.0 does not clamp Cov2 - Cov3 at 0 there; OR-DBM MRMC 2.51 and "
        "RJafroc do, and so do we"
    ),
    "MRMCaov on incomplete designs": (
        "kundel, missing12_public and splitplot_public: Obuchowski-Rockette is "
        "defined for complete designs; the U-statistic takes over"
    ),
    "degen_*": "they record what peers do; the rules say what is right",
    "AUC intervals outside [0, 1]": (
        "RJafroc's and iMRMC's leave the range; they are compared after truncation"
    ),
    "RJafroc OR_DeLong": "it can never run (a typo in its check of the arguments)",
    "printed literature values": "compared at their printed precision",
}

INCOMPLETE = frozenset({"kundel", "missing12_public", "splitplot_public"})
NOT_PAIRED = frozenset({"kundel", "readernested_public"})
