"""Studies, OPT sets, readings and evidence."""

from observers.models.amendment import Amendment
from observers.models.audit import AuditEvent
from observers.models.consent import Consent
from observers.models.invitation import Invitation, Reminder
from observers.models.reading import PlanItem, Presentation, Rating, Session
from observers.models.results import AnalysisRun, DataLock, Report
from observers.models.room import ConditionsCheck, RoomVisit
from observers.models.sets import Case, CaseTruth, OptSet
from observers.models.study import Enrolment, ReaderGroup, Study, StudyRole

__all__ = [
    "Amendment",
    "AnalysisRun",
    "AuditEvent",
    "Case",
    "CaseTruth",
    "ConditionsCheck",
    "Consent",
    "DataLock",
    "Enrolment",
    "Invitation",
    "OptSet",
    "PlanItem",
    "Presentation",
    "Rating",
    "ReaderGroup",
    "Reminder",
    "Report",
    "RoomVisit",
    "Session",
    "Study",
    "StudyRole",
]
