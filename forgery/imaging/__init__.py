"""Pure image work: no Django here.

Conventions, everywhere: images are RGB, ``(H, W, 3)``, uint8 at rest and
float32 in [0, 1] inside; tensors are ``(N, C, H, W)``; masks are bool ``(H, W)``.
"""
