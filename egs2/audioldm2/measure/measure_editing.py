#!/usr/bin/env python3
r"""Measure how smoothly edits join test recordings, as log-mel changes across seams.

    measure/measure_editing.py --joint_dir exp/joint_* --vae_dir exp/vae_* \
        --audiomae_dir exp/audiomae_* --data_dir dump/raw/test --output seams.json

The script inpaints a third of each recording, and continues the first two thirds of
each recording by half a clip. The change at a seam is the mean absolute difference of
neighbouring log-mel frames (natural logarithm). A seam is good if this change is below
the 95th percentile of the changes within recordings. Changes are measured in the
result, in the generated sound before the cross-fade, and in the recording at the same
times.
"""

import itertools
import json
from pathlib import Path

import numpy as np
import torch
from small_system import system_of, system_parser

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.feats.mel import LogMel
from espnet2.gen_audio.files.atomic_file import write_json
from espnet2.gen_audio.files.progress import progress
from espnet2.gen_audio.kaldi.caption_file import read_captions
from espnet2.gen_audio.kaldi.data_dir import read_scp
from espnet2.gen_audio.pipeline.edit.continuation import Continuation
from espnet2.gen_audio.pipeline.edit.cross_fade import FADE
from espnet2.gen_audio.pipeline.edit.inpainting import Inpainting
from espnet2.gen_audio.pipeline.edit.source import Source
from espnet2.gen_audio.pipeline.generate import generate
from espnet2.gen_audio.pipeline.options import preset_options
from espnet2.gen_audio.pipeline.request import Request

MEASURED = ("result", "before_cross_fading", "recordings")


def get_parser():
    """Return the parser of this command."""
    parser = system_parser(__doc__)
    add = parser.add_argument
    add("--data_dir", type=Path, required=True, help="recordings with captions")
    add("--preset", default="balanced", help="quality, balanced or fast")
    add(
        "--guidance_scale",
        type=float,
        default=4.5,
        help="guidance scale; 1: no guidance",
    )
    add("--seconds", type=float, default=1.5, help="length of the shortest recording")
    add("--seeds", type=int, nargs="+", default=[0], help="all edits run for each seed")
    add("--fade", type=float, default=FADE, help="seconds of cross-fade at a border")
    add("--output", type=Path, required=True, help="JSON file for the figures")
    return parser


def steps(log_mel, wave):
    """Return the log-mel change between neighbouring frames, (frames - 1,)."""
    mel = log_mel(torch.as_tensor(wave, dtype=torch.float32)[None])[0]
    return mel.diff(dim=0).abs().mean(dim=1).numpy()


def across(changes, seam, hop):
    """Return the change at a seam: the larger one of the two steps beside it."""
    frame = round(seam / hop)
    return float(changes[max(frame - 1, 0) : frame + 1].max())


def read_sources(args, rate):
    """Return the recordings that are long enough, by id."""
    scp = read_scp(args.data_dir / "wav.scp")
    sources = {utt_id: Source.from_file(path, rate) for utt_id, path in scp.items()}
    return {u: s for u, s in sources.items() if len(s) >= args.seconds * rate}


def requests_of(args, sources, geometry):
    """Yield an inpainting and a continuation of every recording."""
    captions, rate = read_captions(args.data_dir / "text"), geometry.sample_rate
    for utt_id, source in sources.items():
        third = len(source) / rate / 3
        span = [(third, min(2 * third, third + 0.5 * geometry.seconds))]
        begun = Source(source.wave[: 2 * len(source) // 3], source.rate_before)
        for task in (
            Inpainting(source, span, args.fade),
            Continuation(begun, fade=args.fade),
        ):
            name = f"{utt_id}-{type(task).__name__}"
            yield Request(name, captions[utt_id], task=task)


def seams_of(made, total, sources, log_mel, hop):
    """Return the changes at all seams, by task and by the sound that is measured."""
    found = {}
    for request, sounds in progress(made, total, "edit"):
        each, task = sounds[0], type(request.task).__name__
        joined, raw = steps(log_mel, each.wave), steps(log_mel, each.raw)
        real = steps(log_mel, sources[request.utt_id.rpartition("-")[0]].wave)
        row = found.setdefault(task, {key: [] for key in MEASURED})
        for seam in each.seams:
            row["result"].append(across(joined, seam, hop))
            row["before_cross_fading"].append(across(raw, seam - each.offset, hop))
            row["recordings"].append(across(real, seam, hop))
    return found


def summary(values, limit):
    """Return number of seams, median change, and fraction of good seams."""
    return {
        "seams": len(values),
        "median": float(np.median(values)),
        "below_limit": float(np.mean(np.array(values) < limit)),
    }


@one_line_errors()
def main():
    """Edit the recordings, measure the seams and write the figures."""
    args = get_parser().parse_args()
    setup_logging()
    system = system_of(args)
    options = [
        preset_options(args.preset, guidance_scale=args.guidance_scale, seed=seed)
        for seed in args.seeds
    ]
    geometry = system.specification.geometry
    log_mel, sources = LogMel(geometry), read_sources(args, geometry.sample_rate)
    inside = [steps(log_mel, source.wave) for source in sources.values()]
    limit = float(np.percentile(np.concatenate(inside), 95))
    requests = list(requests_of(args, sources, geometry))
    made = itertools.chain.from_iterable(
        generate(system, requests, one) for one in options
    )
    total = len(options) * len(requests)
    found = seams_of(made, total, sources, log_mel, geometry.hop)
    figures = {"recordings": len(sources), "seeds": args.seeds, "fade": args.fade}
    figures |= {"limit": limit, "tasks": {}}
    for task, row in found.items():
        rows = {key: summary(values, limit) for key, values in row.items()}
        figures["tasks"][task] = rows
    write_json(args.output, figures)
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
