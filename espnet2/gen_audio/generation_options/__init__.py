"""Options and tables of the commands that generate.

Reading order: ``sampling_options.py`` and ``task_options.py`` (tasks on a given sound),
``tables.py`` (captions, transcripts, sounds, durations and seeds by id),
``single_request.py`` (one request, from its checks to the file), ``model_options.py``
(the models), ``loa_sources.py`` (rows of the result table), ``checks.py`` (before a
model is loaded).
"""
