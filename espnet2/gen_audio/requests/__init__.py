"""What the commands that generate are asked for: options, and tables of requests.

Reading order: ``options.py`` (how to sample, what to make of a given sound),
``tables.py`` (captions, transcripts, sounds, lengths and seeds by id), ``systems.py``
(which models make them).
"""
