"""Look, never compute."""

from django.contrib import admin

from detector.models import DetectorModel


@admin.register(DetectorModel)
class DetectorModelAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Detectors, read only."""

    list_display = ("name", "held_out_fold", "pool", "preset", "created_at")

    def has_add_permission(self, *_args: object) -> bool:
        """Refuse: detectors come from training."""
        return False

    def has_change_permission(self, *_args: object) -> bool:
        """Refuse: a record of training does not change."""
        return False

    def has_delete_permission(self, *_args: object) -> bool:
        """Refuse: scores rely on it."""
        return False
