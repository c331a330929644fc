#!/usr/bin/env python3
r"""Draw the results of all tasks for one recording, as log-mel spectrograms.

    measure/draw_editing.py --joint_dir exp/joint_* --vae_dir exp/vae_* --audiomae_dir \
    exp/audiomae_* --source x.flac --caption "..." --other "..." --output editing.png

Dotted lines are the seams between given and generated sound.
"""

from pathlib import Path

from small_system import system_of, system_parser

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.feats.mel import LogMel
from espnet2.gen_audio.files.atomic_file import atomic_path
from espnet2.gen_audio.pipeline.edit.audio_prompt import AudioPrompt
from espnet2.gen_audio.pipeline.edit.continuation import Continuation
from espnet2.gen_audio.pipeline.edit.cross_fade import upper_band
from espnet2.gen_audio.pipeline.edit.inpainting import Inpainting
from espnet2.gen_audio.pipeline.edit.source import Source
from espnet2.gen_audio.pipeline.edit.style_transfer import StyleTransfer
from espnet2.gen_audio.pipeline.edit.super_resolution import SuperResolution
from espnet2.gen_audio.pipeline.generate import generate
from espnet2.gen_audio.pipeline.options import preset_options
from espnet2.gen_audio.pipeline.request import Request

CUT = 2000.0  # hertz; super-resolution generates the band above it


def get_parser():
    """Return the parser of this command."""
    parser = system_parser(__doc__)
    add = parser.add_argument
    add("--source", type=Path, required=True, help="recording of 1.5 s or more")
    add("--caption", required=True, help="caption of the recording")
    add("--other", required=True, help="caption for style transfer")
    add("--output", type=Path, required=True, help="picture to write")
    return parser


def requests_of(source, caption, other):
    """Return a title and a request for each task."""
    low = Source(source.wave - upper_band(source.wave, CUT, 16000).float(), 4000)
    return {
        "audio prompt": Request("p", "", task=AudioPrompt(source)),
        "continuation": Request("c", caption, task=Continuation(source)),
        "inpainting, 0.5 to 1.0 s": Request(
            "i", caption, task=Inpainting(source, [(0.5, 1.0)])
        ),
        "band above 2 kHz removed, then generated": Request(
            "s", caption, task=SuperResolution(low, CUT)
        ),
        f"style transfer, 0.4: {other}": Request(
            "w", other, task=StyleTransfer(source, 0.4)
        ),
        f"style transfer, 0.8: {other}": Request(
            "t", other, task=StyleTransfer(source, 0.8)
        ),
        "text to audio, 6 s": Request("l", caption, 6.0),
    }


@one_line_errors()
def main():
    """Edit the recording and draw the results."""
    from matplotlib.figure import Figure

    args = get_parser().parse_args()
    setup_logging()
    system = system_of(args)
    geometry = system.specification.geometry
    source = Source.from_file(args.source, geometry.sample_rate)
    wanted = requests_of(source, args.caption, args.other)
    options = preset_options("balanced", guidance_scale=4.5)
    made = list(generate(system, list(wanted.values()), options))
    panels = {f"recording: {args.caption}": (source.wave, ())}
    for title, (_, sounds) in zip(wanted, made):
        panels[title] = (sounds[0].wave, sounds[0].seams)
    figure = Figure(figsize=(9, 1.5 * len(panels)), layout="constrained")
    axes = figure.subplots(len(panels), 1)
    for axis, (title, (wave, seams)) in zip(axes, panels.items()):
        mel = LogMel(geometry)(wave[None].float())[0].T.numpy()
        seconds = len(wave) / geometry.sample_rate
        axis.imshow(
            mel,
            origin="lower",
            aspect="auto",
            extent=(0, seconds, 0, geometry.n_mels),
            vmin=-9,
            vmax=1,
        )
        axis.set_xlim(0, 6)
        axis.set_title(title, loc="left", fontsize=9)
        axis.set_ylabel("mel band", fontsize=8)
        for seam in seams:
            axis.axvline(seam / geometry.sample_rate, color="white", linestyle=":")
    axes[-1].set_xlabel("seconds")
    with atomic_path(args.output) as temporary:
        figure.savefig(temporary, dpi=90)


if __name__ == "__main__":
    main()
