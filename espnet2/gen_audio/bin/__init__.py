"""Commands: each module has ``get_parser()`` and ``main(cmd=None)``.

``doctor`` says what is installed and what is broken. ``*_train`` train one part each,
``dump_*`` write what a later part learns from, ``gen_audio_inference`` turns captions
into sound. The recipe's stages name the rest; every command answers ``--help``.
"""
