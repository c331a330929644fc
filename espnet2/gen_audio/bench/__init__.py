"""Benchmark of speed and memory against diffusers' AudioLDM2Pipeline, on equal weights.

In reading order: ``prompts`` and ``models`` (random weights of the published sizes),
``pair`` (both systems, loaded), ``parts`` and ``whole`` (the same work in both),
``timing`` (alternating; medians, intervals), ``ceiling`` (peak speed of the machine),
``memory`` (peak of a fresh process), ``report`` and ``picture``.
"""
