"""Preprocessing of clips, between the sound file and the batch.

``clip_preprocessor.py`` normalises, crops and pads a clip, for ESPnet's data loader;
``clip_batches.py`` reads the clips of a data folder in batches, cropped as in
validation. The preprocessors of text are in ``text/``.
"""
