"""From log mel spectrogram to waveform.

Reading order: ``griffin_lim.py`` (no training needed), ``hifi_gan.py`` (the network),
``stft_loss.py`` (an optional training term), ``loss.py`` (the objective),
``espnet_model.py`` (one training turn), ``build.py`` (all of it from a config).
"""
