"""Files of any form: written atomically, read strictly and within bounds.

Reading order: ``atomic_file.py`` (complete files or none), ``regular_file.py`` (no
pipes and devices), ``keyed_text.py`` (all files of ``<id> <value>`` lines),
``clip_table.py`` (the user's own table of clips), ``plain_yaml.py``, ``plain_json.py``
and ``array_file.py`` (values without code), ``archive_members.py`` (zip and tar),
``file_form.py`` (what a file of weights is), ``pickle_scan.py`` and ``torch_file.py``
(what it asks for), ``tensor_file.py`` and ``tensor_bounds.py`` (its tensors, without
running code), ``matrix_index.py`` (Kaldi's archives), ``clip_table_writer.py`` and
``json_list.py`` (tables of large corpora), ``progress.py`` (log lines of long loops).
"""
