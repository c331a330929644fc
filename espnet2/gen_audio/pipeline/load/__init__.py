"""Systems from experiments, converted folders and archives, by one assembler.

In reading order: ``stored`` (where each part stands), ``parts`` (one part from its
file, prepared for inference), ``assemble`` (all parts to a system),
``experiments`` and ``converted`` (the two forms in which systems are stored), and
``converted_encoder`` (the caption encoder of the latter).
"""
