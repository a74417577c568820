"""Addresses below ``api/``: what the desks do; the reading room has its own.

Scripts log in by session, or by a token: ``Authorization: Token ...``, made by
``manage.py drf_create_token USER`` or in the administration.
"""

from django.urls import path

from detector import api as detector
from forgery.api import choosing, intake, jobs, manipulators, pools
from fundus_study import api_docs
from observers import api as observers
from observers.api import checks, drafts, people, readers, results, studies

app_name = "api"
POOL, STUDY = "pools/<slug:name>/", "studies/<slug:name>/"
READER = f"{STUDY}readers/<slug:pseudonym>/"
REPORT = f"{STUDY}reports/<int:pk>/"
of_pools = [
    path("pools/", pools.PoolsApi.as_view(), name="pools"),
    path("pools/upload/", intake.UploadApi.as_view(), name="upload"),
    path("import-folders/", intake.FoldersApi.as_view(), name="folders"),
    path(POOL, pools.PoolApi.as_view(), name="pool"),
    path(f"{POOL}images/", pools.ImagesApi.as_view(), name="images"),
    path(f"{POOL}problems/", intake.ProblemsApi.as_view(), name="problems"),
    path(f"{POOL}problems/<int:pk>/", intake.ProblemApi.as_view(), name="leave-out"),
    path(f"{POOL}reservations/", pools.ReservationsApi.as_view(), name="reservations"),
    path(f"{POOL}bounds/", choosing.BoundsApi.as_view(), name="bounds"),
    path(
        f"{POOL}near-duplicates/", choosing.DuplicatesApi.as_view(), name="duplicates"
    ),
    path("images/<int:pk>/<slug:kind>.png", pools.ImageApi.as_view(), name="image"),
]
of_models = [
    path("manipulators/", manipulators.TrainingApi.as_view(), name="train-manipulator"),
    path(
        "manipulators/<slug:name>/",
        manipulators.ManipulatorApi.as_view(),
        name="manipulator",
    ),
    path(
        "manipulators/<slug:name>/quality/",
        manipulators.QualityApi.as_view(),
        name="quality",
    ),
    path("manipulations/", manipulators.ManipulationsApi.as_view(), name="manipulate"),
    path(
        "manipulations/<int:pk>/<slug:side>.png",
        manipulators.SideApi.as_view(),
        name="side",
    ),
    path("detectors/", detector.TrainingApi.as_view(), name="train-detector"),
    path("detectors/<slug:name>/", detector.DetectorApi.as_view(), name="detector"),
    path("detectors/<slug:name>/scores/", detector.ScoringApi.as_view(), name="score"),
    path("checks/", checks.ChecksApi.as_view(), name="checks"),
    path("checks/<int:pk>/", checks.CheckApi.as_view(), name="check"),
    path(
        "checks/<int:pk>/files/<path:file>",
        checks.CheckFileApi.as_view(),
        name="check-file",
    ),
]
of_studies = [
    path("studies/", studies.StudiesApi.as_view(), name="studies"),
    path(STUDY, studies.StudyApi.as_view(), name="study"),
    path(f"{STUDY}checklist/", drafts.ChecklistApi.as_view(), name="checklist"),
    path(f"{STUDY}hint/", drafts.HintApi.as_view(), name="hint"),
    path(f"{STUDY}copy/", drafts.CopyApi.as_view(), name="copy"),
    path(f"{STUDY}state/", studies.StateApi.as_view(), name="state"),
    path(f"{STUDY}freeze/", observers.FreezeApi.as_view(), name="freeze"),
    path(f"{STUDY}amendments/", drafts.AmendmentsApi.as_view(), name="amendments"),
    path(f"{STUDY}roles/", people.RolesApi.as_view(), name="roles"),
    path(f"{STUDY}simulation/", studies.SimulationApi.as_view(), name="simulation"),
    path(f"{STUDY}events/", studies.EventsApi.as_view(), name="events"),
]
of_readers = [
    path(f"{STUDY}readers/", readers.ReadersApi.as_view(), name="readers"),
    path(f"{STUDY}invitations/", people.InvitationsApi.as_view(), name="invitations"),
    path(f"{STUDY}conduct/", readers.ConductApi.as_view(), name="conduct"),
    path(f"{STUDY}due/", readers.DueApi.as_view(), name="due"),
    path(f"{STUDY}reminders/", readers.RemindersApi.as_view(), name="reminders"),
    path(READER, readers.ReaderApi.as_view(), name="reader"),
    path(f"{READER}invitation/", people.InvitationApi.as_view(), name="invitation"),
    path(f"{READER}exclusion/", readers.ExclusionApi.as_view(), name="exclusion"),
    path(f"{READER}replacement/", readers.ReplacementApi.as_view(), name="replacement"),
]
of_results = [
    path(f"{STUDY}runs/", results.RunsApi.as_view(), name="runs"),
    path(f"{STUDY}reports/", results.ReportsApi.as_view(), name="reports"),
    path(REPORT, results.ReportApi.as_view(), name="report"),
    path(f"{REPORT}curves/", results.CurvesApi.as_view(), name="curves"),
    path(f"{REPORT}cases/", results.CasesApi.as_view(), name="cases"),
    path(f"{REPORT}files/<path:file>", results.FileApi.as_view(), name="file"),
    path(
        f"{STUDY}cases/<slug:code>/<slug:kind>.png",
        results.CasePictureApi.as_view(),
        name="case-picture",
    ),
]
urlpatterns = [
    *of_pools,
    *of_models,
    *of_studies,
    *of_readers,
    *of_results,
    path("jobs/", jobs.JobsApi.as_view(), name="jobs"),
    path("jobs/<int:pk>/", jobs.JobApi.as_view(), name="job"),
    path("jobs/<int:pk>/retry/", jobs.RetryApi.as_view(), name="retry"),
    path("jobs/<int:pk>/sheet.png", jobs.SheetApi.as_view(), name="job-sheet"),
    path("schema/", api_docs.Schema.as_view(), name="schema"),
    path("docs/", api_docs.docs, name="docs"),
]
