"""The admin may look at studies and people's acts; it never holds truth or ratings.

Nothing can be changed here: studies change on their desk, through the services.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from observers.models import AuditEvent, Study

if TYPE_CHECKING:
    StudyBase = admin.ModelAdmin[Study]
    EventBase = admin.ModelAdmin[AuditEvent]
else:
    StudyBase = EventBase = admin.ModelAdmin


class ReadOnly:
    """Look, never touch."""

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Refuse."""
        return False


@admin.register(Study)
class StudyAdmin(ReadOnly, StudyBase):
    """Studies with their states."""

    list_display = ("name", "title", "pool", "state", "is_simulated", "created_at")
    list_filter = ("state", "is_simulated")
    search_fields = ("name", "title")


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly, EventBase):
    """Who did what when."""

    list_display = ("created_at", "study", "verb", "user")
    list_filter = ("verb",)
