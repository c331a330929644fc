"""From log mel spectrogram to waveform.

Reading order: ``abs_vocoder.py`` (the interface), ``griffin_lim.py`` (needs no
training), ``hifi_gan.py`` (published), ``stft_frames.py`` and ``vocos.py`` (an inverse
STFT as the last layer), ``choices.py`` (the names of vocoders), ``stft_loss.py`` (an
optional training term), ``loss.py`` (the objective), ``espnet_model.py`` (the model
that ESPnet trains), ``build.py`` (the model of a config).
"""
