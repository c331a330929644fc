"""What all commands share on the command line.

Reading order: ``command.py`` (log format and one-line errors), ``garbage.py`` (no
collection while a command imports its libraries), ``device.py`` (``--device``),
``number_options.py`` and ``config_option.py`` (bounds of options and of ``--config``),
``option_table.py`` (options of later commands, without their libraries).
"""
