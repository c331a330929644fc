"""Sampling: noise becomes a latent, step by step.

In reading order: ``noise`` (random numbers of each clip), ``solver`` (what all solvers
of diffusers do), ``strided_ddim`` (DDIM on the authors' steps), ``predictor`` (the
network on the guidance batch), ``guidance`` (away from the null prediction),
``sampler`` (the loop), ``windows`` (long sounds), ``edit`` (given sounds).
"""
