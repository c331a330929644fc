"""The networks that predict noise, clean latent or velocity from a noisy latent.

In reading order: ``abs_backbone`` (what a network has to offer), ``channels``
(conditions as channels beside the latent), ``unet`` (the U-Net of AudioLDM 2, around
that of diffusers), ``choices`` (what a config may name).
"""
