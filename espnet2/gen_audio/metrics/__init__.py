"""Scores: how close sounds are to recordings, and whether they obey captions.

Every metric is a pure function of arrays first; beside it stands its ``Card``: unit,
direction and source. Reading order: ``card.py``, ``estimate.py`` (a number with its
interval), ``embeddings.py`` and ``yamnet.py`` (from sound to vectors),
``mel_statistics.py``, ``kernel_distance.py`` (the headline), ``frechet.py``,
``mel_distance.py``, ``judge.py`` (is a clip of the kind that its caption names),
``copying.py``, ``loa_error.py``; then what one scoring run needs: ``sound_set.py``,
``systems.py``, ``clip_features.py``, ``baselines.py``, ``judges.py``, ``rows.py``,
``recordings.py``, ``curves.py`` (validation curves of an experiment); and what people
read: ``table.py``, ``results_text.py``, ``pictures.py``.

Speech: ``packaged_weights.py``, ``vocabulary.py``, ``recogniser.py`` (what is said),
``word_errors.py``, ``predicted_mos.py``, ``speaker_similarity.py``,
``mel_cepstral.py``; ``speech_set.py``, ``speech_reader.py``, ``speech_rows.py`` for one
scoring run; ``speech_table.py``, ``toolkit_files.py`` (files of ESPnet's own scripts).
"""
