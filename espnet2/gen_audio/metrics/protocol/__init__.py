"""Named protocols: anybody's sounds scored under conditions that are all recorded.

Reading order: ``protocol`` (the file of a protocol, and what it refuses), ``sets`` (the
generated and reference sounds of one run), ``scoring`` (from sets to rows),
``comparison`` (the difference of two systems) and ``lock`` (what a number was made
with).
"""
