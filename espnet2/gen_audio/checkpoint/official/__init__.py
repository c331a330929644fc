"""The authors' own files: a whole model, or one network of it.

In reading order: ``wrapped`` (the state inside a trainer's file), ``layout`` (which
tensor belongs to which network), ``schedule`` (the noise schedule compared with ours),
``copies`` (networks that a file holds twice), ``read`` (a whole checkpoint of AudioLDM
2) and ``standalone`` (a file of one VAE, HiFi-GAN, AudioMAE or CLAP).
"""
