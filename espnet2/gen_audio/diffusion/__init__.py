"""The latent diffusion model: from noise to the VAE latent of a sound.

In reading order: ``process`` (noise schedule and training target), ``backbone`` (the
network), ``published_conditions`` (the conditions and config keys of the published
models), ``conditions`` (conditions of a batch, their dropout, the null conditions),
``finite_loss`` (clips whose loss is not finite), ``espnet_model`` (the loss), ``build``
(from a config to the model), ``student`` (a model that samples in one to four passes).
"""
