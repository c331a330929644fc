"""Small trained systems, kept as files: experiments, an archive, a converted folder.

``python systems.py OUTPUT.tar.xz`` makes them anew, for a change of form that is meant;
what is committed was made by the release that came before the test, and has to load and
sound the same ever after.
"""

import argparse
import io
import re
import shutil
import sys
import tarfile
import tempfile
import zlib
from pathlib import Path

import torch
from commands import Commands
from tiny_corpus import CAPTIONS
from trainings import CONF, dump, prepare, train, weights_of

STORED = Path(__file__).parent / "reference" / "systems.tar.xz"
WIDTH = 16  # of the text encoders
SPREAD = 0.3  # by which weights are moved, in standard deviations of their tensor
GAINS = {  # by which weights are multiplied, so that every condition shows in the sound
    r"vocoder\.net\.(conv_pre|upsampler|resblocks).*original0": 1.83,
    r"projections\.sentence\.weight": 16.0,
    r"attentions/1/.*attn2/to_v/weight": 12.0,  # the LOA
    r"attentions/[02]/.*attn2/to_v/weight": 4.0,
    r"attn2/to_out/0/weight": 3.0,
    r"net/conv_out/weight": 3.0,
}
TRAINING_ONLY = ("mae.decoder.",)
BEST = {"audiomae": "loss", "vae": "mel_l1", "vocoder": "mel_l1"}
BEST |= {"joint": "eps_mse", "speech_loa_lm": "l1_rollout", "speech_ldm": "eps_mse"}


def unpack(folder: Path, archive: Path = STORED) -> Path:
    """Unpack the stored systems.

    Args:
        folder: Folder to make.
        archive: What ``main`` wrote.

    Returns:
        The folder, with ``experiments``, ``encoders``, ``archive.zip``, ``converted``.
    """
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder


def write_encoder(folder: Path, seed: int) -> None:
    """Write a text encoder that knows the words of the captions.

    Args:
        folder: Folder to make.
        seed: Of its weights.
    """
    from sentencepiece import SentencePieceTrainer
    from transformers import T5Config, T5EncoderModel

    torch.manual_seed(seed)
    sizes = {"d_model": WIDTH, "d_kv": 8, "d_ff": 16, "num_layers": 1, "num_heads": 2}
    net = T5EncoderModel(T5Config(vocab_size=150, **sizes))
    for weight in net.parameters():
        weight.data = coarse(weight.data + 0.5 * torch.randn(weight.shape))
    net.save_pretrained(folder)
    units = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter(CAPTIONS.values()),
        model_writer=units,
        vocab_size=45,
        hard_vocab_limit=False,
        num_threads=1,
        minloglevel=2,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
    )
    (folder / "spiece.model").write_bytes(units.getvalue())


def coarse(weight: torch.Tensor) -> torch.Tensor:
    """Round weights to four binary digits, so that their file is small."""
    mantissa, exponent = torch.frexp(weight)
    return torch.ldexp((mantissa * 16).round() / 16, exponent)


def settle(experiment: Path) -> None:
    """Keep of an experiment what generation reads, with weights that all matter.

    Five steps leave many weights where they began, some of them at zero, and the
    average beside the live weights. Here each is moved, and the live weights are zeros.

    Args:
        experiment: Folder of one training, changed in place.
    """
    weights = dict(weights_of(experiment))
    averaged = any("ema." in name for name in weights)
    for name, weight in weights.items():
        if not weight.is_floating_point():
            continue
        generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
        noise = torch.randn(weight.shape, generator=generator)
        scale = SPREAD * (weight.std() if weight.numel() > 1 else 0.0) + 0.02
        gain = next((GAINS[each] for each in GAINS if re.search(each, name)), 1.0)
        moved = coarse((weight + scale * noise) * gain)
        unused = averaged and ("unet." in name and "ema." not in name)
        unused = unused or name.startswith(TRAINING_ONLY)
        weights[name] = torch.zeros_like(weight) if unused else moved
    config = (experiment / "config.yaml").read_text()
    shutil.rmtree(experiment)
    experiment.mkdir()
    for folder in (experiment.parents[2], CONF.parent):  # where it was made is nothing
        config = config.replace(f"{folder}/", "")
    (experiment / "config.yaml").write_text(config)
    best = f"valid.{BEST[experiment.name]}.best.pth"
    torch.save(weights, experiment / best)


def make(run: Commands, work: Path, output: Path) -> None:
    """Make all systems.

    Args:
        run: Runs the commands.
        work: Folder for what is not kept.
        output: Folder to make.
    """
    data, experiments = work / "data", output / "experiments"
    encoders = output / "encoders"
    for seed, stream in enumerate(("sentence", "tokens")):
        write_encoder(encoders / stream, seed)
    prepare(run, data)
    train(run, data, experiments, "audiomae", "vae", "vocoder")
    for name in ("audiomae", "vae", "vocoder"):
        settle(experiments / name)
    shutil.rmtree(experiments / "stats")
    dump(run, data, experiments / "audiomae", experiments / "vae", encoders)
    speech = ("speech_loa_lm", "speech_ldm")
    train(run, data, experiments, "loa_lm", "ldm", "joint", *speech)
    for name in ("joint", *speech):
        settle(experiments / name)
    for name in ("loa_lm", "ldm"):
        shutil.rmtree(experiments / name)
    pack(run, output, output / "archive.zip")
    words = ["--input", output / "archive.zip", "--output", output / "converted"]
    run("convert_checkpoint", *words)


def pack(run: Commands, systems: Path, archive: Path) -> None:
    """Pack the experiments of the joint system.

    Args:
        run: Runs the command.
        systems: Folder with ``experiments`` and ``encoders``.
        archive: File to write.
    """
    experiments = systems / "experiments"
    words = ["--outpath", archive, "--vocoder", experiments / "vocoder"]
    for name in ("audiomae", "vae", "joint"):
        words += [f"--{name}_dir", experiments / name]
    for stream in ("sentence", "tokens"):
        words += [f"--{stream}_encoder", systems / "encoders" / stream]
    run("pack", *words)


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path, help="file to write, .tar.xz")
    return parser


def main(cmd: list[str] | None = None) -> None:
    """Make the systems.

    Args:
        cmd: Arguments; default: those of the command line.
    """
    args = get_parser().parse_args(cmd)
    args.output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        make(Commands(work / "log"), work / "work", work / "systems")
        with tarfile.open(args.output, "w:xz", preset=9) as tar:
            for path in sorted((work / "systems").rglob("*")):
                if path.is_file():
                    tar.add(path, path.relative_to(work / "systems"), filter=_plain)
    print(f"{args.output}: {args.output.stat().st_size} bytes", file=sys.stderr)


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Leave out who made a file, and when."""
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o644
    return entry


if __name__ == "__main__":
    main()
