#!/usr/bin/env python3
r"""Measure how much a sound depends on the batch in which it is generated, in dB.

    measure/measure_batches.py --joint_dir exp/joint_* --vae_dir exp/vae_* \
        --audiomae_dir exp/audiomae_* --text dump/raw/test/text --output batches.json

The script generates every sound alone, then all sounds in shuffled batches. A figure is
the energy of the difference divided by the energy of the sound, for the log-mel that
the VAE decodes and for the waveform: the median over all sounds and the largest value.
"""

import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from small_system import system_of, system_parser

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.files.atomic_file import write_json
from espnet2.gen_audio.files.progress import progress
from espnet2.gen_audio.kaldi.caption_file import read_captions
from espnet2.gen_audio.pipeline.generate import generate
from espnet2.gen_audio.pipeline.options import SAMPLERS, preset_options
from espnet2.gen_audio.pipeline.request import Request


def get_parser():
    """Return the parser of this command."""
    parser = system_parser(__doc__)
    add = parser.add_argument
    add("--text", type=Path, required=True, help="captions, lines '<id> <caption>'")
    add("--sounds", type=int, default=16, help="captions to use, evenly spread")
    add("--batch_sizes", type=int, nargs="+", default=[3, 8], help="clips per batch")
    presets = {"nargs": "+", "default": list(SAMPLERS), "choices": list(SAMPLERS)}
    add("--presets", **presets, help="presets to measure; default: all")
    add(
        "--guidance_scale",
        type=float,
        default=4.5,
        help="guidance scale; 1: no guidance",
    )
    add("--seed", type=int, default=0, help="seed of noise and of the shuffled order")
    add("--output", type=Path, required=True, help="JSON file for the figures")
    return parser


class RecordingVocoder:
    """A vocoder that stores every log-mel that it decodes."""

    def __init__(self, vocoder):
        self.vocoder = vocoder
        self.mels = []

    def decode(self, mel, trim=True, odd_padding=None):
        """Return the waveform of a log-mel, see ``AbsVocoder.decode``."""
        self.mels.append(mel[0])
        return self.vocoder.decode(mel, trim, odd_padding)


def made(system, requests, options, batch_size):
    """Generate the requests; return log-mel and waveform of each by id."""
    vocoder = RecordingVocoder(system.vocoder)
    recording = replace(system, parts=replace(system.parts, vocoder=vocoder))
    pairs = generate(recording, requests, options, batch_size=batch_size)
    waves = {request.utt_id: sounds[0].wave for request, sounds in pairs}
    return {i: (mel, w) for (i, w), mel in zip(waves.items(), vocoder.mels)}


def decibels(other, one):
    """Return the energy ratio of difference and signal in dB; -400 if equal."""
    ratio = (other - one).double().square().sum() / one.double().square().sum()
    return float(10 * torch.log10(ratio.clamp(min=1e-40)))


@one_line_errors()
def main():
    """Generate and compare the sounds, and write the figures."""
    args = get_parser().parse_args()
    setup_logging()
    system = system_of(args)
    captions = list(read_captions(args.text).items())
    captions = captions[:: max(len(captions) // args.sounds, 1)][: args.sounds]
    requests = [Request(*pair) for pair in captions]
    shuffled = random.Random(args.seed).sample(requests, len(requests))
    figures = {"sounds": len(requests), "dtype": args.dtype, "presets": {}}
    for preset in progress(args.presets, len(args.presets), "preset"):
        changes = {"guidance_scale": args.guidance_scale, "seed": args.seed}
        options = preset_options(preset, **changes)
        alone = made(system, requests, options, 1)
        row = figures["presets"][preset] = {}
        for size in args.batch_sizes:
            together = made(system, shuffled, options, size)
            pairs = [zip(together[utt_id], alone[utt_id]) for utt_id in alone]
            values = np.array([[decibels(*two) for two in pair] for pair in pairs])
            row[f"batches of {size}"] = {
                name: {"median": float(np.median(column)), "worst": float(max(column))}
                for name, column in zip(("log-mel", "waveform"), values.T)
            }
    write_json(args.output, figures)
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
