"""Weights in and out, whatever wrote them: tensors only, every name explained.

In reading order, which is the order of imports too: ``strict_fit`` (the one check of
weights against a model), ``experiment`` (the model of a training's folder),
``archive/`` (systems of parts in memory, in a folder, in one file), ``tables/`` (one
rule a name), ``assembly/`` (parts made of tensors that have our names), ``official/``
(the authors' files), ``diffusers/`` (folders of AudioLDM2Pipeline), ``restricted/``
(files that hold more than tensors) and ``detect`` (any file or folder).
"""
