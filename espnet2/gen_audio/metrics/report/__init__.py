"""What people and other programs read: the page of results, its tables and pictures.

Reading order: ``scores_file`` (scores.json, old ones too), ``row_names``,
``score_table`` (one row a system, one column a metric), ``curves`` (validation curves
of an experiment), ``training_tables``, ``results_text`` (the page), ``speech_section``,
``pictures``; and ``toolkit_files``, in the form of ESPnet's own scripts.
"""
