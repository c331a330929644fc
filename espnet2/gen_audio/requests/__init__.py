"""Options and tables of the commands that generate.

Reading order: ``options.py`` (sampling, and tasks on a given sound), ``tables.py``
(captions, transcripts, sounds, durations and seeds by id), ``systems.py`` (the models).
"""
