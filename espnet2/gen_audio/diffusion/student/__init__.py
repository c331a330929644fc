"""A student of a diffusion model: it samples in one to four passes.

In reading order: ``intervals`` (the two times of a training step), ``splitting`` (the
identity that average velocities satisfy), ``inputs`` (second time and guidance scale as
conditions of the network), ``teacher`` (its guided velocity), ``distances`` (the error
of validation), ``option_checks`` (options out of range), ``espnet_model`` (training),
``build`` (the model of a config).
"""
