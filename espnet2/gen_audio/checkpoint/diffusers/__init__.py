"""Folders of diffusers' AudioLDM2Pipeline, in and out.

In reading order: ``read`` (a folder into a system), ``classes`` (its components),
``configs`` (their config files, written from a system) and ``export`` (a system into a
folder). Imports are absolute, so
that ``import diffusers`` means the library here too.
"""
