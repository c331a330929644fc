"""Sampling: noise becomes a latent, step by step.

In reading order: ``noise`` (random numbers of each clip), ``schedulers`` (DDIM,
DPM-Solver++ and the other solvers of diffusers, set up for our schedule),
``guidance`` (away from the unconditional prediction), ``sampler`` (the loop).
"""
