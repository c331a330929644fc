"""Named protocols: anybody's sounds scored under conditions that are all recorded.

Reading order: ``protocol`` (the file of a protocol, and what it refuses), ``sets`` (the
generated and reference sounds of one run), ``scoring`` (from sets to rows) with
``clip_counts`` (what there are enough clips for), ``comparison`` (the difference of two
systems), ``lock`` (what a number was made with), ``run`` and its ``options``.
"""
