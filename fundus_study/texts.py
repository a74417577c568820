"""Texts that are data elsewhere, named here so that gettext finds them."""

from django.utils.translation import gettext_noop as _

DOMAIN_TEXTS = (
    _("Colour fundus photography"),
    _("fundus photograph"),
    _("Normal"),
    _("Glaucoma"),
    _("Diabetic Retinopathy"),
    _("Macular Degeneration"),
    _("How confident are you that this image is manipulated?"),
)
PROTOCOL_TEXTS = (
    _("Ophthalmologists"),
    _("General doctors"),
    _("not at all"),
    _("undecided"),
    _("certain"),
    _("The image cannot be judged"),
    _("Technical fault"),
)
AUDIT_TEXTS = (
    _("study created"),
    _("protocol changed"),
    _("role given"),
    _("reader enrolled"),
    _("reader removed"),
    _("study frozen"),
    _("study opened"),
    _("session started"),
    _("session finished"),
    _("study closed"),
    _("study locked"),
    _("analysed"),
    _("scored"),
    _("reported"),
)
