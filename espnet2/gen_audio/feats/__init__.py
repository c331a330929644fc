"""From sound files to the two spectra that the models read.

Reading order: ``clip.py`` (the geometry of a clip), ``sound_file.py`` (reading, and
why a file cannot be read), ``waveform.py`` (one channel, rate and level),
``augment.py`` (varied copies), ``crop.py`` (one length for all), ``mel.py`` (log mel
spectrogram of the VAE and the vocoder), ``fbank.py`` (filter bank of AudioMAE).
"""
