"""Pure reader-study statistics: no Django, torch or OpenCV here.

Vocabulary and axis order, written once: R readers, M modalities, C cases;
arrays are ordered ``(R, M, C)``. Truth is True where a case is manipulated;
a higher score always means more confidence that it is (never auto-flipped).
"""
