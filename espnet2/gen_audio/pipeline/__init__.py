"""From requests to waveforms: one generation path.

Each module may import only the modules above it:

    options, behaviour  sampling options; differences from the authors' program
    lazy                parts that are loaded at first use
    specification       sizes of a system
    lengths             seconds -> samples, latent frames, windows, LOA tokens
    precision           precision of each part
    speech              captions of speech: description and phonemes
    captions            caption -> streams of conditions
    ranking             scores of several candidates
    system              the typed parts of a system
    loa_source          LOA: predicted, given, zero, or a mixture
    request             one requested sound, its task and its candidates
    edit/               tasks on a given sound
    encode              request -> encoded caption
    predict_loa         encoded caption -> LOA
    sample              noise, LOA and caption -> latent
    decode              latent -> log mel -> waveform
    reference_loa       LOA sources that the predicted LOA is compared with
    generate            all steps in turn, for batches of requests
    load/               experiments, converted folders, archives -> system
    text2audio          the public class
"""
