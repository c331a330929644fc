"""The latent diffusion model: noise becomes the VAE's latent of a sound.

In reading order: ``process`` (how noise is added and what is learned from it),
``seeding`` (random generators that belong to a clip), ``backbone`` (the networks),
``published`` (what the keys of a published config stand for), ``conditions`` (what a
clip is trained with, and what stands for nothing), ``espnet_model`` (the loss),
``build`` (the model of a config).
"""
