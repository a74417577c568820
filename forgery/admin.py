"""The admin looks at pools and jobs; it changes and computes nothing."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from forgery.models import ImportProblem, Job, Pool


class LookOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows to look at."""

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Nothing is added here."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Nothing is changed here."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Nothing is deleted here."""
        return False


@admin.register(Pool)
class PoolAdmin(LookOnly):
    """Pools by name."""

    list_display = ["name", "layout", "eyes", "is_synthetic", "seed", "created_at"]


@admin.register(Job)
class JobAdmin(LookOnly):
    """Jobs, the newest first."""

    list_display = ["id", "kind", "state", "owner", "attempts", "created_at"]
    list_filter = ["state", "kind"]


@admin.register(ImportProblem)
class ImportProblemAdmin(LookOnly):
    """What imports could not take."""

    list_display = ["pool", "row", "file", "reason"]
    list_filter = ["pool"]
