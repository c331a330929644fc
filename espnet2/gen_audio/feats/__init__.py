"""From sound files to the two spectra that the models read.

Reading order: ``clip.py`` (the geometry of a clip), ``sound_limits.py`` (what is
accepted), ``containers/`` (what headers promise), ``sound_reader.py`` (an open file),
``mono.py`` and ``sound_parts.py`` (one channel of each part of a file),
``sound_file.py`` (writing), ``sinc.py`` and ``waveform.py`` (rate and level),
``augment.py`` (varied copies), ``crop.py`` (one length for all), ``mel.py`` (log mel
spectrogram of the VAE and the vocoder), ``fbank.py`` (filter bank of AudioMAE).
"""
