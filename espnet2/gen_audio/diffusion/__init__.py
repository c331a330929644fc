"""The latent diffusion model: noise becomes the VAE's latent of a sound.

In reading order: ``process`` (how noise is added and what is learned from it),
``seeding`` (random generators that belong to a clip), ``backbone`` (the networks),
``conditions`` (which LOA and text a clip is trained with), ``espnet_model`` (the
loss), ``build`` (the model of a config).
"""
