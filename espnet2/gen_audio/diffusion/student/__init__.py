"""A student of a diffusion model: it samples in one to four passes.

In reading order: ``intervals`` (the two times of a training step), ``splitting`` (the
identity that average velocities satisfy), ``inputs`` (second time and guidance scale as
conditions of the network), ``espnet_model`` (training on the velocity of a teacher),
``build`` (the model of a config).
"""
