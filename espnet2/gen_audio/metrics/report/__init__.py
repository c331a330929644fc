"""The result page with its tables and pictures, and score files for other programs.

Reading order: ``scores_file`` (scores.json, also of earlier releases), ``row_names``,
``score_table`` (a row per system, a column per metric), ``curves`` (validation curves
of an experiment), ``training_tables``, ``results_text`` (the page), ``speech_section``,
``pictures``; ``toolkit_files`` (files in the form of ESPnet's own scripts); and for
protocols ``set_files``, ``versa_files``, ``score_page`` (a page that works offline) and
``exhibits`` (its sounds and spectrograms).
"""
