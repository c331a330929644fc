"""Systems from experiments, converted folders and archives, by one assembler.

In reading order: ``part_files`` (the files of each part), ``part_loader`` (one part
from its file, prepared for inference), ``assemble`` (all parts to a system),
``experiments`` and ``converted`` (systems of trained experiments and of converted
checkpoints), and ``converted_encoder`` (the caption encoder of a converted folder).
"""
