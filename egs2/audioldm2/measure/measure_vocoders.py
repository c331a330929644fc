#!/usr/bin/env python3
"""Compare vocoders on log mels of recordings and on those that the VAE decodes.

    measure/measure_vocoders.py --vocoders griffin_lim exp/vocoder_* --vae_dir \
        exp/vae_* --data_dir dump/raw/test --output vocoders.md

Each clip is turned into a waveform once from its own log mel and once from its log mel
after VAE encoding and decoding. The table has, for both, the mean distances to the
recording: log-mel L1 (natural logarithm), and the multi-resolution STFT distance at
windows and hops that no training configuration of this recipe uses. The STFT distance
leaves out the silence behind a sound, whose logarithm would outweigh the sound. The
last column is the median time of a clip.
"""

import argparse
import statistics
import time
from pathlib import Path

import torch

from espnet2.gen_audio.accel.prepare import prepare
from espnet2.gen_audio.checkpoint.experiment import load_experiment
from espnet2.gen_audio.cli.command import one_line_errors
from espnet2.gen_audio.cli.number_options import THREADS, whole_number
from espnet2.gen_audio.feats.waveform import read_waveform
from espnet2.gen_audio.files.atomic_file import write_text
from espnet2.gen_audio.kaldi.data_dir import read_scp
from espnet2.gen_audio.metrics.encoders.sound_end import without_quiet_end
from espnet2.gen_audio.pipeline.load.experiments import load_vocoder
from espnet2.gen_audio.preprocess.clip_preprocessor import ClipPreprocessor
from espnet2.gen_audio.vocoder.stft_loss import MultiResolutionSTFTLoss

HELD_OUT = ((1024, 160), (320, 80), (4096, 512))  # window and hop, samples
LONGEST = max(window for window, _ in HELD_OUT)
TITLES = ("vocoder", "log mel of", "log-mel L1", "held-out STFT distance", "ms a clip")


def get_parser():
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--vocoders", nargs="+", required=True, help="experiments, or griffin_lim")
    add("--vae_dir", type=Path, required=True, help="experiment of the VAE")
    add("--data_dir", type=Path, required=True, help="data folder of recordings")
    add("--clips", type=whole_number(1), default=100, help="largest number of clips")
    add("--num_threads", type=THREADS, default=1, help="CPU threads")
    add("--output", type=Path, required=True, help="Markdown file for the table")
    return parser


def read_clips(args, geometry):
    """Return the waveforms of the clips, (1, T) each."""
    ready = ClipPreprocessor(train=False, geometry=geometry)
    paths = list(read_scp(args.data_dir / "wav.scp").items())
    chosen = paths[:: max(len(paths) // args.clips, 1)][: args.clips]
    waves = []
    for clip, path in chosen:
        audio = read_waveform(Path(path), geometry.sample_rate)
        waves.append(torch.from_numpy(ready(clip, {"audio": audio})["audio"])[None])
    return waves


def measured(vocoder, mels, waves, model):
    """Return mean log-mel L1, mean STFT distance and median milliseconds."""
    distance, rate = MultiResolutionSTFTLoss(HELD_OUT), model.geometry.sample_rate
    vocoder(mels[0])  # the first call is slower
    errors, distances, times = [], [], []
    for mel, wave in zip(mels, waves, strict=True):
        started = time.perf_counter()
        made = vocoder(mel)
        times.append(1000.0 * (time.perf_counter() - started))
        own = model.log_mel(wave)
        errors.append((model.log_mel(made) - own).abs().mean().item())
        end = max(len(without_quiet_end(wave[0].numpy(), rate)), LONGEST)
        distances.append(distance(made[:, :end], wave[:, :end]).item())
    return (
        statistics.fmean(errors),
        statistics.fmean(distances),
        statistics.median(times),
    )


@one_line_errors()
@torch.no_grad()
def main():
    """Measure every vocoder and write the table."""
    args = get_parser().parse_args()
    torch.set_num_threads(args.num_threads)
    model = load_experiment(args.vae_dir, parts=("vae",)).eval()
    prepare(model)
    waves = read_clips(args, model.geometry)
    own = [model.log_mel(wave) for wave in waves]
    decoded = [model.vae.decode(model.vae.encode(mel)[0]) for mel in own]
    rows = [TITLES, ("---", "---", "---:", "---:", "---:")]
    for name in args.vocoders:
        vocoder = load_vocoder(name, model).eval()
        prepare(vocoder)
        for source, mels in (("recordings", own), ("VAE", decoded)):
            error, distance, ms = measured(vocoder, mels, waves, model)
            figures = f"{error:.3f}", f"{distance:.3f}", f"{ms:.1f}"
            rows.append((Path(name).name, source, *figures))
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    write_text(args.output, table)
    print(table, end="")


if __name__ == "__main__":
    main()
