"""Sampling: from noise to a latent, step by step.

In reading order: ``predictor`` (the network on the guidance batch), ``guidance``
(classifier-free guidance), ``strided_ddim`` (DDIM on the steps of the authors'
program), ``sampler`` (the loop, with a progress bar), ``windows`` (long sounds in
overlapping windows), ``given_latent`` (a latent that is partly kept).
``diffusion/process/solvers.py`` builds the schedulers, ``seeding.py`` the random
generators of each clip.
"""
