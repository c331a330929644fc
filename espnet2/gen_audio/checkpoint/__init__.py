"""Weights in and out, whatever wrote them: tensors only, every name explained.

In reading order: ``experiment`` (the model of a training's folder), ``system`` (parts
that belong together, in memory and on disk), ``names`` (one rule a name) with the
tables ``*_names`` and ``sizes`` (sizes read from tensors), ``official`` and
``standalone`` (the authors' files), ``diffusers_folder`` and ``diffusers_export``,
``from_experiment`` and ``archive`` (our trainings, packed), ``restricted`` and
``detect`` (any file or folder, safely).
"""
