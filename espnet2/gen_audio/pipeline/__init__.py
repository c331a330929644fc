"""From requests to waveforms: one generation path, whose calls go down only.

In the order in which the modules may import one another:

    options, preset     how to sample; whose behaviour where the authors' differs
    lazy                parts that are loaded when they are needed
    specification       sizes of a system
    lengths             seconds -> samples, latent frames, windows, LOA tokens
    precision           precision of each part
    speech              captions of speech: description and phonemes
    captions            caption -> streams of conditions
    ranking             the best of several candidates
    system              the typed parts of a system
    loa_source          where the LOA of a sound comes from
    request             one sound to make, the task that plans it, what comes of it
    edit/               tasks on a given sound
    encode              request -> encoded caption
    predict_loa         encoded caption -> LOA
    sample              LOA and caption -> latent
    decode              latent -> log-mel -> waveform
    reference_loa       LOA that the predicted one is compared with
    generate            all steps in turn, for requests in batches
    load/               experiments, converted folders, archives -> system
    text2audio          the public class
"""
