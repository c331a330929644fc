"""The authors' own files: a whole model, or one network of it.

In reading order: ``wrapped`` (the state inside what a trainer saved), ``layout`` (which
tensor belongs to which network), ``schedule`` (the noise schedule against ours),
``copies`` (what stands in the file twice), ``read`` (a whole checkpoint of AudioLDM 2)
and ``standalone`` (a VAE, HiFi-GAN, AudioMAE or CLAP of its own).
"""
