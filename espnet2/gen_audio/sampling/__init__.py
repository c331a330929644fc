"""Sampling: noise becomes a latent, step by step.

In reading order: ``predictor`` (the network on the guidance batch), ``guidance`` (away
from the null prediction), ``sampler`` (the loop), ``windows`` (long sounds), ``edit``
(given sounds). The solvers are those of ``diffusion/process/solvers.py``, the random
numbers of each clip those of ``diffusion/seeding.py``.
"""
