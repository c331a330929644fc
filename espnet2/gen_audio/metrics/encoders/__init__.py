"""Sound encoders of the measures: from waveforms to vectors.

Reading order: ``embedder`` (the interface of every sound embedding), ``yamnet`` (the
embedding in use), ``packaged_weights`` (weights inside registry packages),
``mel_statistics``, and ``clip_features``, which reads files and caches features.
"""
