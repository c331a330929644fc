"""Sound encoders of the metrics: from waveforms to vectors.

Reading order: ``embedder`` (the interface of every sound embedding), ``yamnet`` (the
default embedding), ``packaged_weights`` (weights inside registry packages),
``mel_statistics``, ``sound_end`` (the end of the sound, before the padding), and
``clip_features``, which reads files and caches features. For protocols: ``clip_form``
(rate, length and level), ``set_encoder`` (encoders by name, with digests),
``encoding_store`` (encodings in files, read when a metric asks) and ``set_reader``.
"""
