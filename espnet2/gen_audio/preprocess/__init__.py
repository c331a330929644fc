"""What happens to one training example between the disk and the batch.

``clip_preprocessor.py`` levels, crops and pads a clip; ``caption_preprocessor.py``
turns a caption into text unit ids, ``phoneme_preprocessor.py`` phonemes into theirs.
"""
