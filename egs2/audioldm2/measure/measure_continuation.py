#!/usr/bin/env python3
r"""Measure whether continued speech keeps the voice of its beginning.

    measure/measure_continuation.py --joint_dir exp/mini_speech/joint_* \
        --vae_dir exp/mini_speech/vae_* --audiomae_dir exp/mini_speech/audiomae_* \
        --data_dir dump/mini_speech/raw/test --output continuation.json

The script continues the beginning of each test recording to the end of its transcript,
with a description that fits any voice. The similarity of two voices is the cosine of
their GE2E embeddings. The new part is compared with the given beginning ("prompt") and
with the beginning of another speaker's recording ("other"). The same part generated
from description and transcript alone ("unprompted") shows the effect of the prompt.
"""

import json
from pathlib import Path

import numpy as np
from small_system import system_of, system_parser

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.files.atomic_file import write_json
from espnet2.gen_audio.files.progress import progress
from espnet2.gen_audio.kaldi.data_dir import read_scp
from espnet2.gen_audio.metrics.functional.estimate import bootstrap_mean
from espnet2.gen_audio.metrics.speech_evaluation.speaker_encoder import (
    SpeakerEncoder,
    cosine,
)
from espnet2.gen_audio.pipeline.edit.continuation import Continuation
from espnet2.gen_audio.pipeline.edit.source import Source
from espnet2.gen_audio.pipeline.generate import generate
from espnet2.gen_audio.pipeline.options import preset_options
from espnet2.gen_audio.pipeline.request import Request, TextToAudio

DRAWS = 1000  # bootstrap draws of an interval


def get_parser():
    """Return the parser of this command."""
    parser = system_parser(__doc__)
    add = parser.add_argument
    add("--data_dir", type=Path, required=True, help="recordings with transcripts")
    description = "someone reads numbers"
    add("--description", default=description, help="caption that fits any voice")
    add("--prompt", type=float, default=1.28, help="seconds of the given beginning")
    add("--least", type=float, default=0.4, help="least seconds after the beginning")
    add(
        "--guidance_scale",
        type=float,
        default=2.0,
        help="guidance scale; 1: no guidance",
    )
    add("--steps", type=int, default=15, help="solver steps")
    add("--output", type=Path, required=True, help="JSON file for the figures")
    return parser


def beginnings(args, rate):
    """Return the beginning of each recording that is long enough."""
    given = round(args.prompt * rate)
    sounds = {
        clip: Source.from_file(path, rate)
        for clip, path in read_scp(args.data_dir / "wav.scp").items()
    }
    least = given + args.least * rate
    return {
        clip: Source(sound.wave[:given], sound.rate_before)
        for clip, sound in sounds.items()
        if len(sound) >= least
    }


def requests_of(args, sources):
    """Return two continuations of each beginning, and a request without beginning."""
    transcripts = read_scp(args.data_dir / "transcript")
    ways = {
        "continued": Continuation,
        "continued_from_loa_alone": lambda source: Continuation(source, False),
        "unprompted": lambda source: TextToAudio(),
    }
    for clip, source in sources.items():
        for way, task in ways.items():
            yield way, Request(
                f"{clip}-{way}",
                args.description,
                task=task(source),
                transcript=transcripts[clip],
            )


def mean(values):
    """Return the mean of one value per clip, with its bootstrap interval."""
    clips = [str(number) for number in range(len(values))]
    return bootstrap_mean(np.array(values), clips, DRAWS, 0).to_dict()


def compare(voices, prompts, speakers):
    """Compare voices with their prompts and with prompts of other speakers."""
    draw = np.random.default_rng(0)
    own, other = [], []
    for clip, voice in voices.items():
        others = [one for one in prompts if speakers[one] != speakers[clip]]
        own.append(cosine(voice, prompts[clip]))
        other.append(cosine(voice, prompts[draw.choice(others)]))
    more = np.array(own) - np.array(other)
    return {
        "prompt": mean(own),
        "other": mean(other),
        "difference": mean(more),
        "nearer_to_prompt": mean(more > 0),
    }


@one_line_errors()
def main():
    """Continue the recordings, measure the voices and write the figures."""
    args = get_parser().parse_args()
    setup_logging()
    system = system_of(args)
    rate = system.specification.geometry.sample_rate
    sources, speakers = beginnings(args, rate), read_scp(args.data_dir / "utt2spk")
    way_of, requests = zip(*requests_of(args, sources))
    encoder, voices = SpeakerEncoder(), {way: {} for way in way_of}
    chosen = preset_options(
        "balanced", steps=args.steps, guidance_scale=args.guidance_scale
    )
    made = generate(system, list(requests), chosen)
    for (request, sounds), way in zip(progress(made, len(way_of), "continue"), way_of):
        clip = request.utt_id.removesuffix(f"-{way}")
        new = sounds[0].wave[len(sources[clip]) :]
        voices[way][clip] = encoder(new.numpy())
    prompts = {clip: encoder(source.wave.numpy()) for clip, source in sources.items()}
    figures = {way: compare(found, prompts, speakers) for way, found in voices.items()}
    write_json(args.output, figures)
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
