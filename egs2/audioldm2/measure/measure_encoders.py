#!/usr/bin/env python3
"""Measure how many clips each encoder of the scores encodes in a second of CPU time.

    measure/measure_encoders.py --output encoders.json

The script times every encoder that a protocol may name, one thread, on clips of one
length at the rate of the encoder, in rounds over all encoders: other work on the
machine then slows all of them alike. YAMNet has its packaged weights. The others have
random weights in the published layout, which take the same time. ``onnx`` is any
network that a user gives, so it has no speed of its own.
"""

import argparse
import logging
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.cli.number_options import whole_number
from espnet2.gen_audio.files.atomic_file import write_json
from espnet2.gen_audio.metrics.encoders.set_encoder import (
    KINDS,
    SetEncoder,
    batch_of,
    encode_all,
)

SEED = 0
WIDTH = 0.02  # standard deviation of random weights


def get_parser():
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--kinds", nargs="+", choices=MAKERS, default=list(MAKERS), help="encoders")
    add("--seconds", type=whole_number(1), default=10, help="length of a clip")
    add("--clips", type=whole_number(1), default=8, help="clips of a round")
    add("--rounds", type=whole_number(1), default=3, help="rounds that are timed")
    add("--output", type=Path, required=True, help="JSON file of the figures")
    return parser


def drawn(shapes: dict[str, tuple[int, ...]]) -> dict[str, torch.Tensor]:
    """Return random tensors; variances of normalisations are 1."""
    generator = torch.Generator().manual_seed(SEED)
    return {
        name: (
            torch.ones(shape)
            if name.endswith("running_var")
            else torch.randn(shape, generator=generator) * WIDTH
        )
        for name, shape in shapes.items()
    }


def none_needed(folder: Path) -> None:
    """Return no path: the encoder has its weights in a package, or none."""


def vggish_file(folder: Path) -> Path:
    """Write weights of VGGish."""
    from espnet2.gen_audio.metrics.encoders.vggish import Vggish

    with torch.device("meta"):
        network = Vggish()
    weights = drawn({k: tuple(v.shape) for k, v in network.state_dict().items()})
    torch.save(weights, folder / "vggish.pth")
    return folder / "vggish.pth"


def panns_file(folder: Path, n_fft: int) -> Path:
    """Write weights of Cnn14 with windows of ``n_fft`` samples."""
    from espnet2.gen_audio.metrics.encoders.panns import shapes_of

    torch.save({"model": drawn(shapes_of(n_fft))}, folder / "panns.pth")
    return folder / "panns.pth"


def whisper_folder(folder: Path) -> Path:
    """Write a Whisper of the size 'tiny'."""
    from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperModel

    torch.manual_seed(SEED)
    WhisperModel(WhisperConfig()).save_pretrained(folder)
    WhisperFeatureExtractor().save_pretrained(folder)
    return folder


def audiomae_file(folder: Path) -> Path:
    """Write an AudioMAE of the published size."""
    from espnet2.gen_audio.audiomae.build import build_audiomae

    torch.manual_seed(SEED)
    (folder / "config.yaml").write_text("{}\n")
    torch.save(build_audiomae({}).state_dict(), folder / "audiomae.pth")
    return folder / "audiomae.pth"


def clap_folder(folder: Path) -> Path:
    """Write a CLAP of the published size with a small list of word pieces."""
    from tokenizers import ByteLevelBPETokenizer
    from transformers import (
        ClapConfig,
        ClapFeatureExtractor,
        ClapModel,
        RobertaTokenizerFast,
    )

    from espnet2.gen_audio.bench.random_models import SIZES

    pieces = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    pieces.train_from_iterator(["a sound"], vocab_size=300, special_tokens=special)
    pieces.save_model(str(folder))
    files = [str(folder / name) for name in ("vocab.json", "merges.txt")]
    RobertaTokenizerFast(*files, model_max_length=512).save_pretrained(folder)
    text, audio, width = SIZES["full"].clap
    torch.manual_seed(SEED)
    sides = {"text_config": text, "audio_config": audio}
    of_width = {k: v | {"projection_dim": width} for k, v in sides.items()}
    ClapModel(ClapConfig(**of_width, projection_dim=width)).save_pretrained(folder)
    ClapFeatureExtractor(truncation="rand_trunc").save_pretrained(folder)
    return folder


# weights of each kind, and the rate that it reads
MAKERS: dict[str, tuple[Callable[[Path], Path | None], int]] = {
    "yamnet": (none_needed, 16000),
    "mel_statistics": (none_needed, 16000),
    "vggish": (vggish_file, 16000),
    "panns_16k": (lambda folder: panns_file(folder, 512), 16000),
    "panns_32k": (lambda folder: panns_file(folder, 1024), 32000),
    "whisper": (whisper_folder, 16000),
    "audiomae": (audiomae_file, 16000),
    "clap": (clap_folder, 48000),
}


def build(kind: str) -> SetEncoder:
    """Return an encoder; its weights are read from a folder that is then removed."""
    maker, _ = MAKERS[kind]
    with tempfile.TemporaryDirectory() as folder:
        encoder = KINDS[kind](kind, maker(Path(folder)))
        encode_all(encoder, [noise(MAKERS[kind][1], 1)], MAKERS[kind][1])  # loads all
    return encoder


def noise(rate: int, seconds: int) -> np.ndarray:
    """Return white noise, (T,)."""
    return np.random.default_rng(SEED).normal(0, 0.1, rate * seconds).astype(np.float32)


def seconds_of(kind: str, encoder: SetEncoder, seconds: int, clips: int) -> float:
    """Return the CPU seconds that one clip takes."""
    rate, size = MAKERS[kind][1], batch_of(encoder)
    waves = [noise(rate, seconds)] * clips
    begin = time.process_time()
    for start in range(0, clips, size):
        encode_all(encoder, waves[start : start + size], rate)
    return (time.process_time() - begin) / clips


@one_line_errors()
def main(cmd=None):
    """Time the encoders."""
    args = get_parser().parse_args(cmd)
    setup_logging()
    torch.set_num_threads(1)
    encoders = {kind: build(kind) for kind in args.kinds}
    taken: dict[str, list[float]] = {kind: [] for kind in encoders}
    for number in range(args.rounds):
        for kind, encoder in encoders.items():
            taken[kind].append(seconds_of(kind, encoder, args.seconds, args.clips))
        logging.info("round %d of %d", number + 1, args.rounds)
    figures = {
        kind: {
            "clips_per_cpu_second": round(1 / float(np.median(found)), 3),
            "least_and_most": [round(1 / max(found), 3), round(1 / min(found), 3)],
        }
        for kind, found in taken.items()
    }
    settings = {"seconds": args.seconds, "clips": args.clips, "rounds": args.rounds}
    write_json(args.output, {"settings": settings, "encoders": figures})
    for kind, found in figures.items():
        print(f"{kind:16} {found['clips_per_cpu_second']:8.2f} clips a CPU second")


if __name__ == "__main__":
    main()
