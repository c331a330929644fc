"""From sound files to log mel spectrograms and filter banks.

Reading order: ``clip.py`` (the geometry of a clip), ``sound_limits.py`` (bounds of
files), ``containers/`` (lengths in headers), ``sound_reader.py`` (an open file),
``mono.py`` and ``sound_parts.py`` (one channel of each part of a file),
``sound_writer.py`` (writing), ``sinc.py`` and ``waveform.py`` (rate and level),
``augment.py`` (varied copies), ``crop.py`` (one length for all), ``mel.py`` (log mel
spectrogram of the VAE and the vocoder), ``fbank.py`` (filter bank of AudioMAE).
"""
