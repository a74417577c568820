"""Texts that are data elsewhere (domains), named here so that gettext finds them."""

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
