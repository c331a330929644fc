"""The page of ``espnet-gen-audio --demo``, on which a system is tried in a browser.

Reading order: ``fields.py`` (what can be entered: options of the command),
``command_words.py`` (from what was entered to words of the command line),
``sound_maker.py`` (from these to a sound, by the functions of the command),
``spectrogram.py``, ``page.py`` (the page, with Gradio), ``server.py`` (its server, from
which no request leaves the machine). Only the last two need Gradio.
"""
