"""Reconstruct recordings with VAE and vocoder: an upper bound for generated sounds.

Each clip is converted to a log mel, encoded to the posterior's mean, decoded to a log
mel and to a waveform, which is written as <id>.flac or .wav of 16 bits, with wav.scp.
Clips are processed one by one, so that results do not depend on the number of jobs.
"""

import argparse
import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch

from espnet2.gen_audio.accel.prepare import prepare
from espnet2.gen_audio.checkpoint.experiment import load_experiment
from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.cli.device import usable_device
from espnet2.gen_audio.cli.number_options import THREADS, whole_number
from espnet2.gen_audio.feats.sound_writer import store_sound
from espnet2.gen_audio.feats.waveform import read_waveform
from espnet2.gen_audio.files.progress import progress
from espnet2.gen_audio.generation_options.checks import refuse_own_input
from espnet2.gen_audio.kaldi.data_dir import read_scp, write_scp
from espnet2.gen_audio.metrics.evaluation.sound_set import read_sound_set
from espnet2.gen_audio.pipeline.load.experiments import load_vocoder
from espnet2.gen_audio.preprocess.clip_preprocessor import ClipPreprocessor
from espnet2.gen_audio.vae.espnet_model import ESPnetGANVAEModel
from espnet2.gen_audio.vocoder.abs_vocoder import AbsVocoder
from espnet2.gen_audio.vocoder.choices import UNTRAINED_DEFAULT


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--data_dir", type=Path, required=True, help="data folder of recordings")
    add("--vae_dir", type=Path, required=True, help="experiment of the VAE")
    add(
        "--vocoder",
        default=UNTRAINED_DEFAULT,
        help="vocoder: experiment, or griffin_lim",
    )
    add("--output_dir", type=Path, required=True, help="folder for wav.scp")
    add("--wav_dir", type=Path, help="folder for the sounds; default: output_dir")
    add("--key_file", type=Path, help="file with the ids to use; default: all ids")
    add(
        "--copies",
        type=whole_number(1),
        help="most clips of one recording; default all",
    )
    add(
        "--audio_format",
        choices=("wav", "flac"),
        default="flac",
        help="sound format, 16 bits",
    )
    add("--num_threads", type=THREADS, default=1, help="CPU threads")
    add("--device", type=usable_device, default="cpu", help="cpu or cuda")
    return parser


def choose_clips(
    data_dir: Path, key_file: Path | None, copies: int | None
) -> dict[str, Path]:
    """Return the clips of this job.

    Args:
        data_dir: Data folder.
        key_file: File of ids to keep; all if None.
        copies: Largest number of clips of one recording, spread over its clips; all if
            None. It is applied to the whole folder, so the choice does not depend on
            jobs.

    Returns:
        Sound file of each clip.

    Raises:
        ValueError: If a key is not in the folder.
    """
    sounds = read_sound_set(data_dir)
    ids = sounds.ids if copies is None else sounds.some_of_each(copies)
    if key_file is not None:
        keys = set(read_scp(key_file))
        unknown = sorted(keys - set(sounds.wavs))
        if unknown:
            raise ValueError(
                f"{key_file} names {unknown[0]}, which {data_dir}/wav.scp does not "
                "have; split the ids of this wav.scp"
            )
        ids = [clip for clip in ids if clip in keys]
    return {clip: sounds.wavs[clip] for clip in ids}


def load_round_trip(
    vae_dir: Path, vocoder: str, device: str
) -> tuple[Callable[[np.ndarray], np.ndarray], ClipPreprocessor]:
    """Load the models.

    Args:
        vae_dir: Experiment of the VAE.
        vocoder: Experiment of the vocoder, or ``griffin_lim``.
        device: Device of the models.

    Returns:
        A function from samples (T,) to samples (T,), and the preprocessor of its input.
    """
    model = load_experiment(vae_dir, parts=("vae",)).to(device)
    to_wave = load_vocoder(vocoder, model).to(device).eval()
    prepare(model, to_wave)
    passed = partial(pass_through, model, to_wave, vocoder)
    return passed, ClipPreprocessor(train=False, geometry=model.geometry)


@torch.no_grad()
def pass_through(
    model: ESPnetGANVAEModel, to_wave: AbsVocoder, vocoder: str, audio: np.ndarray
) -> np.ndarray:
    """Encode and decode one clip.

    Args:
        model: The VAE with its log mel spectrogram.
        to_wave: The vocoder.
        vocoder: Value of ``--vocoder``, for messages.
        audio: Samples, (T,).

    Returns:
        Samples, (T,).

    Raises:
        ValueError: If the vocoder was trained with another geometry than the VAE.
    """
    device = next(model.parameters()).device
    mel = model.log_mel(torch.from_numpy(audio)[None].to(device))
    mean, _ = model.vae.encode(mel)
    wave = to_wave(model.vae.decode(mean))[0].cpu().numpy()
    if wave.shape != audio.shape:
        raise ValueError(
            f"{vocoder} gave {len(wave)} samples for a clip of {len(audio)}; train "
            "it with the geometry of the VAE"
        )
    return wave


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Pass a data folder through VAE and vocoder.

    Args:
        cmd: Arguments; default: those of the command line.

    Raises:
        RuntimeError: If a waveform is not finite.
    """
    args = get_parser().parse_args(cmd)
    setup_logging()
    torch.set_num_threads(args.num_threads)
    clips = choose_clips(args.data_dir, args.key_file, args.copies)
    wav_dir = args.wav_dir or args.output_dir
    written = [wav_dir / f"{clip}.{args.audio_format}" for clip in clips]
    refuse_own_input(
        [*written, args.output_dir / "wav.scp"],
        [*clips.values(), args.data_dir / "wav.scp"],
    )
    round_trip, ready = load_round_trip(args.vae_dir, args.vocoder, args.device)
    rate = ready.geometry.sample_rate
    rows = {}
    for clip, path in progress(clips.items(), len(clips), "vocode"):
        audio = ready(clip, {"audio": read_waveform(path, rate)})["audio"]
        wave = round_trip(audio)
        peak = float(np.abs(wave).max())
        if not np.isfinite(peak):
            raise RuntimeError(
                f"{clip}: the waveform is not finite; train the vocoder longer"
            )
        # a 16-bit file clips above 1; scores normalise every clip
        wave = wave / max(1.0, peak)
        target = wav_dir / f"{clip}.{args.audio_format}"
        store_sound(target, wave, rate)
        rows[clip] = str(target)
    write_scp(args.output_dir / "wav.scp", rows)
    logging.info("%d sounds are in %s", len(rows), wav_dir)


if __name__ == "__main__":
    main()
