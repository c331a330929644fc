"""Speed and memory beside diffusers' AudioLDM2Pipeline, on the same weights.

In reading order: ``prompts`` and ``models`` (random weights of the published sizes),
``pair`` (both, open), ``parts`` and ``whole`` (the same work in both), ``timing`` (in
turn; medians, intervals), ``ceiling`` (what the machine can multiply), ``memory``
(peak of a fresh process), ``report`` and ``picture``.
"""
