"""What happens to one clip between the disk and the batch.

``clip_preprocessor.py`` levels, crops and pads a clip; ``clip_batches.py`` reads the
clips of a data folder in batches, as validation does. What turns text into ids belongs
to the text encoders, in ``conditioner/``.
"""
