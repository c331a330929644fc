"""Speed and memory beside diffusers' AudioLDM2Pipeline, on the same weights.

In reading order: ``models`` (random weights of the published sizes, for both),
``parts`` (the same work in both), ``timing`` (alternating, medians, intervals),
``memory`` (peak of a fresh process), ``report`` (table, JSON, picture).
"""
