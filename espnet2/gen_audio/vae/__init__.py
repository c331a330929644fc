"""The mel autoencoder: log mel spectrogram to latent and back.

Reading order: ``posterior.py`` (the distribution of the latent, and its stored form),
``autoencoder.py`` (the network), ``mel_block_pca.py`` and ``linear_autoencoder.py`` (an
autoencoder that is initialised with principal components), ``discriminator.py`` and
``batch_norm.py`` (the patch discriminator), ``perceptual.py`` (optional perceptual
distances), ``loss.py`` (the objective), ``equivariance.py`` (transformed pairs of
latent and mel), ``espnet_model.py`` (the model that ESPnet trains), ``build.py`` (the
model of a config); ``light_decoder.py`` and ``light_decoder_model.py`` (a decoder of a
tenth of the operations, distilled from that of another autoencoder).
"""
