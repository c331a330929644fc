"""Diffusion processes: how noise is added, and what the network learns to predict.

In reading order: ``schedule`` (weights of signal and noise at each step), ``objective``
(eps, v or x0 as the target, and conversions between them), ``solvers`` (diffusers'
schedulers), ``abs_process`` (the interface of a process), ``variance_preserving`` (the
published process), ``choices`` (names in a config).
"""
