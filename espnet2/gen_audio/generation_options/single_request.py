"""One request of options, from its checks to the written sound.

``espnet-gen-audio`` and its page (``--demo``) make every sound by these functions.
"""

import argparse
import json
import logging
from pathlib import Path

import torch

from espnet2.gen_audio.feats.sound_writer import write_sound
from espnet2.gen_audio.files.array_file import read_array
from espnet2.gen_audio.files.atomic_file import write_text
from espnet2.gen_audio.files.visible_text import is_blank
from espnet2.gen_audio.generation_options.checks import (
    check_given_sound,
    refuse_blank,
    refuse_missing,
    refuse_own_input,
    refuse_undecoded,
    refuse_unwritable,
)
from espnet2.gen_audio.generation_options.task_options import (
    NEED_CAPTION,
    condition_files,
    task_of,
)
from espnet2.gen_audio.pipeline.behaviour import behaviour_of
from espnet2.gen_audio.pipeline.edit.source import Source
from espnet2.gen_audio.pipeline.options import SamplingOptions
from espnet2.gen_audio.pipeline.request import Candidate, Request
from espnet2.gen_audio.pipeline.speech import with_phonemes
from espnet2.gen_audio.pipeline.system import System
from espnet2.gen_audio.pipeline.text2audio import SINGLE, Text2Audio

FORMATS = (".wav", ".flac")
QUIET = 0.03  # peak below which a sound is hardly audible


def check(args: argparse.Namespace) -> None:
    """Refuse invalid options before a model is loaded.

    Args:
        args: Options of the command.

    Raises:
        FileNotFoundError: If the file of a condition does not exist.
        ValueError: If the output cannot be written, or options do not fit each other.
    """
    if args.output.suffix not in FORMATS:
        raise ValueError(
            f"--output {args.output} must end in {' or '.join(FORMATS)}, which say the "
            "format"
        )
    refuse_unwritable("output", args.output.parent)
    check_request(args)
    if args.source is not None:
        refuse_own_input(outputs_of(args), [args.source])
    conditions_of(args)


def outputs_of(args: argparse.Namespace) -> list[Path]:
    """Return the files of all candidates, the best first."""
    number = args.candidates or behaviour_of(args.behaviour).candidates
    more = range(2, 1 + number * args.all)
    stem = args.output.stem
    return [args.output, *(args.output.with_stem(f"{stem}_{n}") for n in more)]


def check_request(args: argparse.Namespace) -> None:
    """Refuse options of the request that do not fit each other.

    Args:
        args: Options of the command.

    Raises:
        FileNotFoundError: If the given sound does not exist.
        ValueError: If an option needs or excludes another, or a text is empty.
    """
    check_given_sound(args, "source", "span", args.span)
    for start, end in args.span or ():
        if start >= end:
            raise ValueError(
                f"--span: got {start:g} {end:g}; the end must be after the start"
            )
    refuse_missing(args, ("source",))
    for option in ("transcript", "phonemes", "source_transcript"):
        refuse_blank(option, getattr(args, option))
        refuse_undecoded(f"--{option}", getattr(args, option))
    refuse_undecoded("prompt", args.prompt)
    spoken = args.transcript is not None or args.phonemes is not None
    if args.task in NEED_CAPTION and not spoken and is_blank(args.prompt):
        raise ValueError(
            f"the prompt {args.prompt!r} is empty; describe the sound in words"
        )
    if args.transcript is not None and args.phonemes is not None:
        raise ValueError(
            f"--transcript {args.transcript!r} and --phonemes {args.phonemes!r} are "
            "two forms of one text; give one of them"
        )
    if args.source_transcript and (args.transcript is None or args.source is None):
        raise ValueError(
            f"--source_transcript {args.source_transcript!r} is for a given sound: "
            "it needs --transcript and --source"
        )


def conditions_of(args: argparse.Namespace) -> dict[str, torch.Tensor]:
    """Read the conditions of the options.

    Args:
        args: Options of the command.

    Returns:
        Arrays of the files, by name of the condition.

    Raises:
        ValueError: If a file holds no array of numbers.
    """
    conditions = {}
    for name, path in condition_files(args).items():
        try:
            values = read_array(path).astype("float32")
        except ValueError as error:
            raise ValueError(
                f"--condition {name}={path} is no .npy file of numbers; write it by "
                "numpy.save"
            ) from error
        conditions[name] = torch.from_numpy(values)
    return conditions


def request_of(args: argparse.Namespace, system: System) -> Request:
    """Return the request of the options.

    Args:
        args: Options of the command.
        system: The parts.

    Returns:
        The request.

    Raises:
        ValueError: If phonemes or a transcript are given to a model that reads no
            phonemes.
    """
    caption = args.prompt
    for option in ("phonemes", "transcript"):
        if getattr(args, option) is not None and not (
            system.specification.reads_phonemes
        ):
            raise ValueError(
                f"--{option} was given, but this is no speech model; use a speech "
                "model, or describe the sound in the prompt"
            )
    if args.phonemes is not None:
        caption = with_phonemes(caption, args.phonemes)
    source = None
    if args.source is not None:
        source = Source.from_file(args.source, system.sample_rate)
    # with one id for all requests, the noise depends on the seed only
    return Request(
        SINGLE,
        caption,
        args.seconds,
        args.seed,
        task_of(args, source, args.span or ()),
        args.transcript,
        args.source_transcript,
        conditions=conditions_of(args),
    )


def sounds_of(
    args: argparse.Namespace, text2audio: Text2Audio, options: SamplingOptions
) -> list[Candidate]:
    """Generate the sounds of the options.

    Args:
        args: Options of the command.
        text2audio: The system.
        options: Their sampling options.

    Returns:
        Candidates, the best first.
    """
    request = request_of(args, text2audio.system)
    made = text2audio.make([request], options, args.candidates, batch_size=1)
    return next(iter(made))[1]


def write(
    args: argparse.Namespace, sample_rate: int, sounds: list[Candidate]
) -> list[dict]:
    """Write the best sound, or all.

    Args:
        args: Options of the command.
        sample_rate: Sampling rate in Hz.
        sounds: Candidates, the best first.

    Returns:
        File, seconds and score of each.
    """
    written = []
    for place, each in enumerate(sounds if args.all else sounds[:1]):
        path = args.output
        if place:
            path = path.with_stem(f"{path.stem}_{place + 1}")
        write_sound(path, each.wave.numpy(), sample_rate)
        _warn_of_silence(path, float(each.wave.abs().max()))
        seconds = len(each.wave) / sample_rate
        written.append({"file": str(path), "seconds": seconds, "clap": each.score})
    if len(sounds) > 1:
        scores = [{"candidate": each.number, "clap": each.score} for each in sounds]
        write_text(
            args.output.with_suffix(".candidates.json"), json.dumps(scores) + "\n"
        )
    return written


def _warn_of_silence(path: Path, peak: float) -> None:
    if peak < QUIET:
        logging.warning(
            "%s is nearly silent (peak %.3f); try another --seed, or guidance without "
            "the noisiest steps: --guidance_interval 0 0.7",
            path.name,
            peak,
        )
