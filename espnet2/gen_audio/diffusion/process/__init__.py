"""Diffusion processes: how noise is added, and what the network learns to predict.

In reading order: ``schedule`` (how much signal and noise each step holds),
``solvers`` (those of diffusers), ``abs_process`` (what a process has to offer),
``variance_preserving`` (the published one), ``choices`` (what a config may name).
"""
