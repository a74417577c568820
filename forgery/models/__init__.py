"""Pools, manipulations and jobs: the tables that every app shares."""

from forgery.models.intake import ImportProblem, Upload
from forgery.models.jobs import Job, Worker
from forgery.models.logins import Login
from forgery.models.manipulations import Manipulation, Manipulator, QualityScore
from forgery.models.pools import FundusImage, PatientCluster, Pool, Reservation

__all__ = [
    "FundusImage",
    "ImportProblem",
    "Job",
    "Login",
    "Manipulation",
    "Manipulator",
    "PatientCluster",
    "Pool",
    "QualityScore",
    "Reservation",
    "Upload",
    "Worker",
]
