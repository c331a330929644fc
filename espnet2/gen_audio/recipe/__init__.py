"""What the stages of the recipe share, whatever they compute.

Reading order: ``step.py`` (which step has to run again), ``command.py`` (log form and
one-line errors of every command), ``device.py`` (their option ``--device``),
``augmentation_plan.py`` (copies for a small corpus), ``rejects.py`` (clips that were
left out), ``demands.py`` and ``option_table.py`` (what later stages need of data and
options).
"""
