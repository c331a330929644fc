"""The mel autoencoder: log mel spectrogram to latent and back.

Reading order: ``posterior.py`` (the latent's distribution and how it is stored),
``autoencoder.py`` (the network), ``linear_path.py`` and ``linear_autoencoder.py`` (one
that starts as principal components), ``discriminator.py`` and ``batch_norm.py`` (the
patch discriminator),
``perceptual.py`` (optional perceptual distances), ``loss.py`` (the objective),
``equivariance.py`` (transformed pairs), ``espnet_model.py`` (one training turn),
``build.py`` (all of it from a config).
"""
