"""Studies, OPT sets, readings and evidence."""

from observers.models.audit import AuditEvent
from observers.models.reading import PlanItem, Presentation, Rating, Session
from observers.models.results import DataLock, Report
from observers.models.sets import Case, CaseTruth, OptSet
from observers.models.study import Enrolment, ReaderGroup, Study, StudyRole

__all__ = [
    "AuditEvent",
    "Case",
    "CaseTruth",
    "DataLock",
    "Enrolment",
    "OptSet",
    "PlanItem",
    "Presentation",
    "Rating",
    "ReaderGroup",
    "Report",
    "Session",
    "Study",
    "StudyRole",
]
