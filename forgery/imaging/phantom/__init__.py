"""Procedural fundus phantom: photographs of eyes that never were.

Geometry is in *field units*: the field of view is the unit disc, x to the right,
y down, both from its centre.  Eyes are laid out as right eyes (disc on the right)
and mirrored last.  *Planes* are float32 ``(3, H, W)``, colour order RGB, in [0, 1].

Only operations whose result does not depend on the processor's vector width are
used on pixels (elementwise IEEE arithmetic, integer drawing), so that a seed gives
the same bytes wherever the lock file is installed.
"""
