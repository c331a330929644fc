"""From log mel spectrogram to waveform.

Reading order: ``abs_vocoder.py`` (what a vocoder is), ``griffin_lim.py`` (needs no
training), ``hifi_gan.py`` (published), ``stft_frames.py`` and ``vocos.py`` (an inverse
STFT as the last layer), ``choices.py`` (their names), ``stft_loss.py`` (an optional
training term), ``loss.py`` (the objective), ``espnet_model.py`` (one training turn),
``build.py`` (all of it from a config).
"""
