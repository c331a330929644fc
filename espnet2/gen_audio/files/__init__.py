"""Files of any form: written atomically, read strictly and within bounds.

Reading order: ``atomic_file.py`` (complete files or none), ``keyed_text.py`` (all files
of ``<id> <value>`` lines), ``table.py`` (the user's own table of clips),
``tensor_file.py`` (weights, known by their content, without running code),
``table_writer.py`` and ``json_list.py`` (tables of large corpora), ``progress.py`` (log
lines of long loops).
"""
