"""Sampling: noise becomes a latent, step by step.

In reading order: ``noise`` (random numbers of each clip), ``schedulers`` (DDIM,
DPM-Solver++ and the other solvers of diffusers, set up for our schedule),
``predictor`` (the network on the guidance batch), ``guidance`` (away from the null
prediction), ``sampler`` (the loop), ``windows`` (long sounds), ``edit`` (given sounds).
"""
