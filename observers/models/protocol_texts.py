"""Texts that a new study starts with; a coordinator may write others.

They are data of the protocol, in English; ``fundus_study.texts`` names them, so that
gettext shows them in the reader's language.
"""

from __future__ import annotations

CONSENT = (
    "You are asked to read fundus photographs for a study of how well doctors and "
    "programs recognise manipulated images. Your ratings, the time that each took, "
    "and what you told about your screen are stored under a pseudonym; your name and "
    "e-mail address stay with the coordinator and appear in no result. Taking part is "
    "voluntary. You may stop at any time, without giving a reason and without any "
    "disadvantage, by withdrawing on the first page."
)
INSTRUCTIONS = (
    "Judge each image by itself and follow your first impression as you would in "
    "clinic. Do not discuss the images with other readers before the study is over."
)
FIVE_LABELS = (
    "certainly original",
    "probably original",
    "undecided",
    "probably manipulated",
    "certainly manipulated",
)
SIX_LABELS = (
    "certainly original",
    "probably original",
    "rather original",
    "rather manipulated",
    "probably manipulated",
    "certainly manipulated",
)
