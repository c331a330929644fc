"""Code that all stages of the recipe use, whatever they compute.

Reading order: ``step.py`` (which step has to run again), ``command.py`` (log format and
one-line errors of every command), ``device.py`` (the option ``--device``),
``augmentation_plan.py`` (copies for a small corpus), ``rejects.py`` (clips that were
left out).
"""
