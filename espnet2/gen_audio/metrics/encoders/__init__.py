"""Sound encoders of the measures: from waveforms to vectors.

Reading order: ``embedder`` (the interface of every sound embedding), ``yamnet`` (the
embedding that is used), ``packaged_weights`` (weights inside registry packages),
``mel_statistics``, ``sound_end`` (the end of the sound, before the padding), and
``clip_features``, which reads files and caches features.
"""
