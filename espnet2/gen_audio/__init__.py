"""AudioLDM 2 for ESPnet: every part trains from raw data; text becomes sound.

A caption becomes the language of audio (LOA, pooled AudioMAE features), the LOA a
latent, the latent a mel spectrogram, the mel a waveform. Folders in reading order,
which is also the order in which they may import one another:

    compat.py     which ESPnet, transformers and diffusers are installed
    parts.py      one record for each trained part: names, builder, task, keys
    registry.py   enters the tasks into the toolkit's own lists
    files/        files written whole or not at all; tables, JSON lists, progress
    kaldi/        data folders and array jobs
    recipe/       steps that know when they are up to date; what commands share
    feats/        clip geometry, cropping, log-mel, AudioMAE filter bank
    ema.py        moving average of weights, kept inside the model
    audiomae/     masked autoencoder, and pooling of its patches into LOA
    vae/          mel spectrogram <-> latent
    vocoder/      mel spectrogram -> waveform
    conditioner/  text and other conditions -> embedding and mask
    preprocess/   what ESPnet's data loader does to a clip and a caption
    loa_lm/       condition -> LOA, by GPT-2
    diffusion/    LOA -> latent, by a denoising U-Net
    joint/        the two before trained together
    sampling/     noise -> latent: solvers, guidance, one seed for each clip
    accel/        what only makes it faster, behind ``prepare``
    checkpoint/   weights in and out
    metrics/      scores and result tables
    pipeline/     captions and given sounds -> waveforms
    requests/     tables and options of generation, read before a model loads
    bench/        time and memory beside diffusers' pipeline
    training/     ESPnet's trainers with averaged weights and safe saves
    tasks/        what a training configuration may name
    bin/          commands; ``doctor`` says what is installed and what is broken
"""

import sys

import espnet2

from espnet2.gen_audio.registry import register

__version__ = "0.1.0"
__all__ = ["register"]

_DOCTOR = "espnet2.gen_audio.bin.doctor"

# Without its __init__.py, espnet2 is a namespace package: Python found a bare folder
# of that name before the toolkit, and parts of the toolkit fail in odd places later.
# The doctor must still start there, to say what to do.
if getattr(espnet2, "__file__", None) is None and _DOCTOR not in sys.orig_argv:
    raise ImportError(
        f"espnet2 is a bare folder here ({', '.join(espnet2.__path__)}), not the ESPnet"
        " toolkit. With ESPnet as a wheel: install it into this Python"
        " (tools/setup_env.sh does). With a git checkout of ESPnet: pip uninstall"
        " espnet-gen-audio, remove the bare folder, then run"
        f" tools/link_into_espnet.sh ESPNET_ROOT. `python -m {_DOCTOR}` says which."
    )
