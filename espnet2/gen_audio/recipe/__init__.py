"""Code that all stages of the recipe use, whatever they compute.

Reading order: ``step.py`` (which step has to run again), ``command.py`` (log format and
one-line errors of every command), ``device.py`` (the option ``--device``),
``number_options.py`` and ``config_option.py`` (bounds of options and of their file),
``augmentation_plan.py`` (copies for a small corpus), ``rejects.py`` (clips that were
left out), ``demands.py`` and ``option_table.py`` (what later stages need of data and
options).
"""
