"""The latent diffusion model: noise becomes the VAE's latent of a sound.

In reading order: ``schedule`` (how much signal and noise each step holds),
``objective`` (what the network predicts, and each form from each other), ``draws``
(random numbers that belong to a clip), ``unet`` (the network, around the U-Net of
diffusers), ``conditions`` (which LOA and text a clip is trained with),
``espnet_model`` (the loss), ``build`` (the model of a config).
"""
