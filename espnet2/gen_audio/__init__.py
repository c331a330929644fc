"""AudioLDM 2 for ESPnet: all parts are trained from raw data; text becomes sound.

A caption is mapped to the language of audio (LOA, pooled AudioMAE features), LOA to a
latent, the latent to a mel spectrogram, and that to a waveform. Folders and files in
reading order, which is approximately the order of imports:

    files/        atomic writing; tables, JSON lists, tensors, progress
    compat.py     which ESPnet, transformers and diffusers are installed
    choices.py    classes that a config chooses by name
    old_names.py  options and config keys of earlier releases
    kaldi/        data folders and array jobs
    cli/          log format, one-line errors and numbers of all commands
    recipe/       steps that run only if their input has changed; demands on data
    feats/        clip geometry, cropping, log-mel, AudioMAE filter bank
    parts.py      one record for each trained part: names, builder, task, keys
    registry.py   adds the tasks to ESPnet's own lists
    ema.py        moving average of weights, kept inside the model
    ranks.py      what the processes of a distributed training agree on
    seeding.py    one random generator for each clip, the same in every batch and job
    adversarial_model.py  what the training models of VAE and vocoder share
    audiomae/     masked autoencoder, and pooling of its patches into LOA
    vae/          mel spectrogram <-> latent
    vocoder/      mel spectrogram -> waveform
    condition/    embedding and mask; name, role and null value of a condition
    text/         transcript -> phonemes -> ids; caption -> units
    encoder/      caption, transcript or sound -> condition
    preprocess/   ESPnet's preprocessor: level, crop and pad a clip
    loa_lm/       conditions -> LOA, by GPT-2
    diffusion/    noise -> latent, given LOA and text, by a U-Net
    joint/        ``loa_lm`` and ``diffusion`` trained together
    sampling/     the sampling loop, guidance, windows
    accel/        faster inference, switched on by ``prepare``
    checkpoint/   weights in and out
    metrics/      scores and result tables
    pipeline/     captions and given sounds -> waveforms
    generation_options/  options and tables, read before a model is loaded
    demo/         a page that generates, in a browser
    bench/        time and memory compared with diffusers' pipeline
    training/     ESPnet's trainers with averaged weights and atomic saves
    tasks/        one ESPnet task for each trained part
    bin/          commands; ``doctor`` says what is installed and what is broken
"""

import sys

import espnet2

__version__ = "0.1.0"
__all__ = ["register"]


def register() -> list[str]:
    """Add the tasks to ESPnet's own lists, see ``registry``.

    Returns:
        The names that are registered now, sorted.
    """
    from espnet2.gen_audio import registry  # recipe steps do not need this import

    return registry.register()


_DOCTOR = "espnet2.gen_audio.bin.doctor"

# If espnet2 has no __init__.py, it is a namespace package: Python found another folder
# of that name before ESPnet, and parts of ESPnet would fail later. Only the doctor may
# start then, to report how to repair it.
if getattr(espnet2, "__file__", None) is None and _DOCTOR not in sys.orig_argv:
    raise ImportError(
        f"espnet2 is a bare folder here ({', '.join(espnet2.__path__)}), not the ESPnet"
        " toolkit. With ESPnet as a wheel: install it into this Python"
        " (tools/setup_env.sh does). With a git checkout of ESPnet: pip uninstall"
        " espnet-gen-audio, remove the bare folder, then run"
        f" tools/link_into_espnet.sh ESPNET_ROOT. `python -m {_DOCTOR}` says which."
    )
