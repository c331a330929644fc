"""Read and write weights of any origin: tensors only, and each name matched by a rule.

In reading order, which is the order of imports too: ``strict_fit`` (the check of
weights against a model), ``experiment`` (the model of an experiment folder),
``archive/`` (systems of parts in memory, in a folder, in one file), ``tables/`` (one
rule per name), ``assembly/`` (parts from tensors with our names), ``official/`` (the
authors' files), ``diffusers/`` (folders of AudioLDM2Pipeline), ``restricted/`` (files
that hold Python objects beside the tensors) and ``detect`` (any file or folder).
"""
