"""Code that all stages of the recipe use.

Reading order: ``step.py`` (the decision whether a step has to run), ``command.py`` (log
format and one-line errors of every command), ``device.py`` (the option ``--device``),
``number_options.py`` and ``config_option.py`` (bounds of options and of ``--config``),
``augmentation_plan.py`` (copies for a small corpus), ``rejects.py`` (clips that were
left out), ``demands.py`` and ``option_table.py`` (demands of later stages on data and
options).
"""
