"""Sampling: from noise to a latent, step by step.

In reading order: ``noise`` (initial noise of each clip), ``predictor`` (the network on
the guidance batch), ``guidance`` (classifier-free guidance), ``solver`` (calls that
diffusers' schedulers name differently), ``sampler`` (the loop), ``progress`` (its
progress bar), ``windows`` (long sounds in overlapping windows), ``edit`` (a given
latent that is kept in part). The schedulers are built in ``diffusion/process``.
"""
