"""From ODIR's diagnostic keywords of one eye to a lesion of the study, or a reason.

The label of an eye comes from that eye's own keywords, never from the patient's
flags (S1). One of the four lesions, and nothing else: a second lesion, a
suspicion or another finding excludes the eye, each under its own reason. The
data set's authors give *lens dust* and *image offset* as remarks on the picture
that do not bear on the diagnosis, so these two leave the label as it is and the
measures of `selection` decide; remarks that the picture cannot be judged exclude.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from forgery.imaging.domain import FUNDUS

REASONS = {
    "no-keywords": "The eye has no diagnostic keywords.",
    "no-lesion-of-the-study": "None of the keywords names a lesion of the study.",
    "several-lesions": "The keywords name more than one lesion of the study.",
    "suspected-lesion": "A lesion of the study is only suspected.",
    "other-finding": "The keywords name another finding beside the lesion.",
    "not-gradable": "The annotators say that the picture cannot be judged.",
}
"""Reason key to its sentence, in order of precedence."""

_LESIONS = {
    "normal": r"normal fundus",
    "glaucoma": r"glaucoma",
    "diabetic-retinopathy": (
        r"((mild|moderate|severe) )?(non ?)?proliferative (diabetic )?retinopathy"
        r"|diabetic retinopathy"
    ),
    "macular-degeneration": r"((dry|wet) )?age related macular degeneration",
}
_SUSPECTED = re.compile(r"(suspected|suspicious|suspect|possible|probable) (.+)")
_REMARKS = frozenset({"lens dust", "image offset"})
_NOT_GRADABLE = frozenset(
    {
        "anterior segment image",
        "low image quality",
        "no fundus image",
        "optic disk photographically invisible",
    }
)
_SEPARATORS = re.compile(r"[,;?\uff0c\uff1b\uff1f\u3001]")


@dataclass(frozen=True)
class Label:
    """What the keywords of one eye come to: a lesion, or a reason to leave it out."""

    lesion: str | None
    """Key of a lesion of the fundus domain, None if excluded."""
    reason: str | None
    """Key of `REASONS`, None if included."""
    findings: tuple[str, ...]
    """The keywords beside the lesion's own, in their order."""

    @property
    def text(self) -> str:
        """
        Say the outcome in words.

        Returns
        -------
        str
            The lesion's name, or the reason's sentence with the findings.
        """
        if self.reason is None:
            return FUNDUS.lesion(self.lesion or "").name
        beside = f" ({', '.join(self.findings)})" if self.findings else ""
        return REASONS[self.reason] + beside


def split(keywords: str) -> tuple[str, ...]:
    """
    Split one eye's keyword cell.

    Parameters
    ----------
    keywords : str
        Keywords separated by commas, full-width commas, or the question mark
        that a full-width comma becomes in badly encoded copies.

    Returns
    -------
    tuple of str
        Distinct keywords in their order, lower case, single spaces.
    """
    parts = (" ".join(part.lower().split()) for part in _SEPARATORS.split(keywords))
    return tuple(dict.fromkeys(part for part in parts if part))


def lesion_of(keyword: str) -> str | None:
    """
    Map one keyword to a lesion of the study.

    Parameters
    ----------
    keyword : str
        A keyword from `split`.

    Returns
    -------
    str or None
        The lesion's key, None for any other finding.
    """
    plain = " ".join(keyword.replace("-", " ").split())
    for lesion, pattern in _LESIONS.items():
        if re.fullmatch(pattern, plain):
            return lesion
    return None


def parse(keywords: str) -> Label:
    """
    Decide one eye's lesion from its keywords.

    Parameters
    ----------
    keywords : str
        The eye's own cell, as in ``Right-Diagnostic Keywords``.

    Returns
    -------
    Label
        A lesion without a reason, or a reason without a lesion.

    Examples
    --------
    >>> parse("moderate non proliferative retinopathy").lesion
    'diabetic-retinopathy'
    >>> parse("glaucoma\uff0claser spot").reason
    'other-finding'
    """
    words = split(keywords)
    named = dict.fromkeys(lesion for word in words if (lesion := lesion_of(word)))
    findings = tuple(word for word in words if lesion_of(word) is None)
    reason = _reason(words, len(named), findings)
    if len(named) > 1:
        findings = words
    return Label(None if reason else next(iter(named)), reason or None, findings)


def _reason(words: tuple[str, ...], n_lesions: int, findings: tuple[str, ...]) -> str:
    # Returns the key of the first reason that holds, empty if none does.
    suspected = [match for word in findings if (match := _SUSPECTED.fullmatch(word))]
    holds = {
        "no-keywords": not words,
        "several-lesions": n_lesions > 1,
        "suspected-lesion": any(lesion_of(match[2]) for match in suspected),
        "not-gradable": bool(_NOT_GRADABLE & set(findings)),
        "no-lesion-of-the-study": n_lesions == 0,
        "other-finding": bool(set(findings) - _REMARKS),
    }
    return next((key for key, true in holds.items() if true), "")
