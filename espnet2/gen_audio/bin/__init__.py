"""Commands: each module has ``get_parser()`` and ``main(cmd=None)``.

``doctor`` reports what is installed and what is broken. ``*_train`` train one part
each, ``dump_*`` write the training data of later parts, ``gen_audio_inference``
generates sounds from captions. The stages of the recipe call the others; every command
has ``--help``.
"""

from espnet2.gen_audio.cli.garbage import is_command, pause_collection

if is_command():  # its imports follow; ``one_line_errors`` resumes the collection
    pause_collection()
