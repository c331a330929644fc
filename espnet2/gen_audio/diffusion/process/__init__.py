"""Diffusion processes, which add noise and define the target of the network.

In reading order: ``schedule`` (weights of signal and noise at each step), ``solvers``
(diffusers' schedulers), ``abs_process`` (the interface of a process), ``loss_weights``
(min-SNR), ``variance_preserving`` (the published process: eps, v or x0 as the target),
``rectified_flow`` (noise mixed in linearly, velocity as the target),
``betas_as_flow`` (a network trained with betas, read as a velocity), ``even_steps``
(the solver of an average velocity), ``choices`` (names
in a config), ``step_distribution`` (the distribution of times in training).
"""
