"""What the containers of sound files promise, compared with what the file holds.

libsndfile takes the shorter of the two without a word. Reading order: ``check.py``
(the one question asked), ``extent.py``, ``chunks.py``, ``fixed_headers.py``,
``matlab.py``, ``ogg.py``, ``mp3.py``.
"""
