"""Named protocols: score any folders of sounds and record all conditions of the scores.

Reading order: ``protocol`` (the file of a protocol, and what it refuses), ``sets`` (the
generated and reference sounds of one run) with ``sound_files`` (files, segments and
commands), ``options_of_run``, ``refusals`` (texts and counts), ``scoring`` (from sets
to rows) with ``clip_counts`` (which metrics a number of clips allows), ``speech``
(words, voices), ``versa_scores`` (VERSA's own metrics), ``comparison`` (the difference
of two systems), ``lock`` (the conditions of a run, as a file), ``run`` and its
``options``.
"""
