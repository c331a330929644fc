"""Compare the decoders of autoencoders with that of the original, on recordings.

Every clip is encoded by the original; its latent is decoded by all, and each mel
becomes a sound by the same vocoder. Printed and written are means over the clips: mel
L1 (natural log) and multi-resolution STFT distance, both to the recording and to what
the original makes, multiplications of the decoder for a clip, and its seconds.
"""

import argparse
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from espnet2.gen_audio.accel.prepare import prepare
from espnet2.gen_audio.checkpoint.experiment import load_experiment
from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.cli.device import usable_device
from espnet2.gen_audio.cli.number_options import THREADS, whole_number
from espnet2.gen_audio.feats.waveform import read_waveform
from espnet2.gen_audio.files.atomic_file import write_json
from espnet2.gen_audio.files.progress import progress
from espnet2.gen_audio.metrics.evaluation.sound_set import read_sound_set
from espnet2.gen_audio.pipeline.load.experiments import load_vocoder
from espnet2.gen_audio.preprocess.clip_preprocessor import ClipPreprocessor
from espnet2.gen_audio.vae.abs_vae import AbsVAE
from espnet2.gen_audio.vocoder.abs_vocoder import AbsVocoder
from espnet2.gen_audio.vocoder.choices import UNTRAINED_DEFAULT
from espnet2.gen_audio.vocoder.stft_loss import MultiResolutionSTFTLoss

ORIGINAL = "original"


@dataclass
class Row:
    """Means of one decoder over the clips.

    Attributes:
        mel_l1: Distance of its mels to those of the recordings.
        mel_l1_original: Distance to those of the original.
        stft: Distance of its sounds to the recordings.
        stft_original: Distance to the sounds of the original.
        gmac: Multiplications for a clip, in 10^9.
        seconds: Seconds for a clip.
    """

    mel_l1: float = 0.0
    mel_l1_original: float = 0.0
    stft: float = 0.0
    stft_original: float = 0.0
    gmac: float = 0.0
    seconds: float = 0.0


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--data_dir", type=Path, required=True, help="data folder of recordings")
    add("--original", type=Path, required=True, help="experiment of the original")
    text = "experiments of autoencoders with the same latents"
    add("--vae_dirs", type=Path, nargs="+", required=True, help=text)
    add("--vocoder", default=UNTRAINED_DEFAULT, help="experiment, or griffin_lim")
    add("--clips", type=whole_number(1), default=100, help="most clips")
    add("--output", type=Path, required=True, help="JSON file to write")
    add("--num_threads", type=THREADS, default=1, help="CPU threads")
    add("--device", type=usable_device, default="cpu", help="cpu or cuda")
    return parser


@torch.no_grad()
def measure(
    decoders: Mapping[str, AbsVAE],
    to_wave: AbsVocoder,
    mel: torch.Tensor,
    audio: torch.Tensor,
    rows: Mapping[str, Row],
) -> None:
    """Add one clip to the sums of all decoders.

    Args:
        decoders: Autoencoders by name, first the original.
        to_wave: The vocoder.
        mel: Log mel of the recording, (1, T, M).
        audio: Recording, (1, S).
        rows: Sums by name, changed in place.
    """
    distance = MultiResolutionSTFTLoss()
    latent = decoders[ORIGINAL].encode(mel)[0]
    made: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}
    for name, vae in decoders.items():
        start = time.perf_counter()
        decoded = vae.decode(latent)
        rows[name].seconds += time.perf_counter() - start
        made[name] = decoded, to_wave(decoded)[:, : audio.shape[1]]
        for to, (their_mel, their_wave) in (
            ("", (mel, audio)),
            ("_original", made[ORIGINAL]),
        ):
            own_mel, own_wave = made[name]
            length = min(own_wave.shape[1], their_wave.shape[1])
            l1 = (own_mel - their_mel).abs().mean().item()
            stft = distance(own_wave[:, :length], their_wave[:, :length]).item()
            for key, value in ((f"mel_l1{to}", l1), (f"stft{to}", stft)):
                setattr(rows[name], key, getattr(rows[name], key) + value)


@torch.no_grad()
def multiplications(vae: AbsVAE, latent: torch.Tensor) -> float:
    """Return the multiplications of a decoder.

    Args:
        vae: The autoencoder.
        latent: A latent, (1, C, T', F').

    Returns:
        Their number in 10^9.
    """
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        vae.decode(latent)
    return counter.get_total_flops() / 2e9


def lines_of(rows: Mapping[str, Row]) -> list[str]:
    """Return the table as lines of Markdown."""
    heads = ("decoder", "mel L1 to recording", "to original", "STFT to recording")
    heads += ("to original", "10^9 multiplications", "s")
    lines = [f"| {' | '.join(heads)} |", "| --- " * len(heads) + "|"]
    for name, row in rows.items():
        values = " | ".join(f"{value:.4g}" for value in asdict(row).values())
        lines.append(f"| {name} | {values} |")
    return lines


def run(args: argparse.Namespace) -> dict[str, Row]:
    """Measure.

    Args:
        args: Options of the command.

    Returns:
        Means by name.

    Raises:
        ValueError: If an autoencoder has other latents than the original.
    """
    models = {ORIGINAL: load_experiment(args.original, parts=("vae",))}
    for folder in args.vae_dirs:
        models[folder.name] = load_experiment(folder, parts=("vae",))
        theirs, own = (models[n].geometry for n in (ORIGINAL, folder.name))
        if own != theirs:
            raise ValueError(
                f"{folder} has a geometry of {own}, {args.original} {theirs}; give "
                "autoencoders of one latent"
            )
    original = models[ORIGINAL].to(args.device)
    to_wave = load_vocoder(args.vocoder, original).to(args.device).eval()
    decoders = {name: model.to(args.device).vae for name, model in models.items()}
    latent = torch.zeros(1, *original.geometry.latent_shape, device=args.device)
    rows = {n: Row(gmac=multiplications(v, latent)) for n, v in decoders.items()}
    prepare(*models.values(), to_wave)
    ready = ClipPreprocessor(train=False, geometry=original.geometry)
    sounds = read_sound_set(args.data_dir)
    ids = sounds.ids[: args.clips]
    for clip in progress(ids, len(ids), "compare_decoders"):
        wave = read_waveform(sounds.wavs[clip], original.geometry.sample_rate)
        audio = torch.from_numpy(ready(clip, {"audio": wave})["audio"])[None]
        audio = audio.to(args.device)
        measure(decoders, to_wave, original.log_mel(audio), audio, rows)
    for row in rows.values():
        for key, value in asdict(row).items():
            setattr(row, key, value if key == "gmac" else value / len(ids))
    return rows


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Measure, print and write.

    Args:
        cmd: Arguments; default: those of the command line.
    """
    setup_logging()
    args = get_parser().parse_args(cmd)
    torch.set_num_threads(args.num_threads)
    rows = run(args)
    write_json(args.output, {name: asdict(row) for name, row in rows.items()})
    print("\n".join(lines_of(rows)))
    logging.info("written: %s", args.output)


if __name__ == "__main__":
    main()
