"""Compare the length stated in the header of a sound file with the length of the file.

libsndfile silently uses the shorter of the two. Reading order: ``check.py`` (the entry
point), ``extent.py``, ``chunks.py``, ``fixed_headers.py``,
``matlab.py``, ``ogg.py``, ``mp3.py``.
"""
