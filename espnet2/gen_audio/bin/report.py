"""Write RESULTS.md and its pictures from scores.json.

The page explains each number, its measurement and its data. The picture of spectrograms
shows the first test clip of each class.
"""

import argparse
import logging
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from espnet2.gen_audio.checkpoint.archive.folder import INDEX, read_index
from espnet2.gen_audio.checkpoint.archive.provenance import UNKNOWN_LICENCE, origin_of
from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.cli.number_options import whole_number
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.files.atomic_file import write_text
from espnet2.gen_audio.metrics.encoders.clip_features import read_clip
from espnet2.gen_audio.metrics.evaluation.sound_set import (
    SoundSet,
    read_sound_set,
    read_wavs,
)
from espnet2.gen_audio.metrics.report.pictures import (
    Example,
    draw_curves,
    draw_probes,
    draw_spectrograms,
)
from espnet2.gen_audio.metrics.report.results_text import (
    Origin,
    Setting,
    results_text,
    summary_line,
)
from espnet2.gen_audio.metrics.report.scores_file import (
    read_scores,
    read_speech_scores,
)

SPECTROGRAMS = "recordings, and sounds generated from their captions"
PROBES = "accuracy of the classifier probes in each row"
LOSSES = "training and validation curves of each part"


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--scores", type=Path, required=True, help="scores.json of bin.score")
    add("--speech_scores", type=Path, help="speech_scores.json of bin.score_speech")
    add(
        "--output_dir",
        type=Path,
        required=True,
        help="folder for RESULTS.md and pictures/",
    )
    add("--title", default="default corpus", help="name of the corpus on the page")
    add("--test_data", type=Path, help="data folder of the test recordings")
    add("--generated", type=Path, help="wav.scp of the system that is shown")
    add("--reconstructions", type=Path, help="wav.scp of the reconstructed recordings")
    add("--max_clips", type=whole_number(0), default=10, help="largest number of clips")
    add("--commands", nargs="*", default=[], help="commands that reproduce the page")
    add("--parts", nargs="*", default=[], help="part=folder or part=name of an encoder")
    return parser


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Write the page.

    Args:
        cmd: Arguments; default: those of the command line.

    Raises:
        ValueError: If a value of ``--parts`` is not ``part=folder`` or ``part=name``.
    """
    args = get_parser().parse_args(cmd)
    setup_logging()
    scores = read_scores(args.scores)
    pictures = draw_pictures(scores, args)
    parts = dict(part.partition("=")[::2] for part in args.parts)
    if not all(parts.values()):
        raise ValueError(
            f"--parts {' '.join(args.parts)}: each must be part=folder or part=name"
        )
    origins = [where_from(part, place) for part, place in parts.items()]
    setting = Setting(args.title, args.commands, hardware(), origins, pictures)
    page = args.output_dir / "RESULTS.md"
    speech = None
    if args.speech_scores is not None:
        speech = read_speech_scores(args.speech_scores)
    write_text(page, results_text(scores, setting, speech))
    logging.info("%s", summary_line(scores))
    logging.info("the page is %s", page)


def where_from(part: str, place: str) -> Origin:
    """Return the origin of a part.

    Args:
        part: Name of the part.
        place: Folder of a training or of a converted part, or the name of an encoder
            or vocoder without a folder.

    Returns:
        A row of the page; folders are named without their path.
    """
    folder = Path(place)
    if (folder / "config.yaml").is_file():
        provenance = origin_of(folder)
    elif (folder.parent / INDEX).is_file():
        provenance = read_index(folder.parent)["parts"].get(folder.name, {})
    else:
        return Origin(part, folder.name if folder.is_absolute() else place)
    licence = provenance.get("licence") or ""
    licence = "" if licence == UNKNOWN_LICENCE else licence
    return Origin(part, _source_of(provenance), licence, provenance.get("sha256") or "")


def _source_of(provenance: Mapping[str, Any]) -> str:
    """Return source, experiment, epochs and initial weights, as text."""
    source = str(provenance.get("source", "unknown"))
    if "experiment" in provenance:
        source += f": {provenance['experiment']}"
    if "epochs" in provenance:
        source += f", epoch {provenance.get('epoch', '?')} of {provenance['epochs']}"
    starts = [
        f"{start['part']} of {start.get('source', 'unknown')}"
        for start in provenance.get("finetuned_from") or []
    ]
    return source + (f", from {' and '.join(starts)}" if starts else "")


def draw_pictures(
    scores: dict[str, Any], args: argparse.Namespace
) -> dict[str, tuple[str, str]]:
    """Draw the pictures for which there are data.

    Args:
        scores: Content of scores.json.
        args: Options of the command.

    Returns:
        By name of the picture: its path relative to the page, and the text that stands
            for it where pictures are not shown.
    """
    folder, drawn = args.output_dir / "pictures", {}
    if args.test_data is not None and args.generated is not None:
        geometry = ClipGeometry.from_dict(scores["settings"]["geometry"])
        examples = examples_of(args, geometry)
        draw_spectrograms(examples, geometry, folder / "spectrograms.png")
        drawn["spectrograms"] = ("pictures/spectrograms.png", SPECTROGRAMS)
    if scores["probes"]:
        draw_probes(scores, folder / "classifier_probes.png")
        drawn["probes"] = ("pictures/classifier_probes.png", PROBES)
    if scores.get("curves"):
        draw_curves(scores["curves"], folder / "losses.png")
        drawn["losses"] = ("pictures/losses.png", LOSSES)
    return drawn


def examples_of(args: argparse.Namespace, geometry: ClipGeometry) -> list[Example]:
    """Read the clips of the picture.

    Args:
        args: Options of the command.
        geometry: Geometry of a clip.

    Returns:
        One example per caption.

    Raises:
        ValueError: If a clip is missing in a wav.scp.
    """
    import torch

    from espnet2.gen_audio.feats.mel import LogMel

    test = read_sound_set(args.test_data)
    tables = {"recording": (args.test_data / "wav.scp", test.wavs)}
    for label, scp in (
        ("VAE and vocoder", args.reconstructions),
        ("generated", args.generated),
    ):
        if scp is not None:
            tables[label] = (scp, read_wavs(scp))
    log_mel, examples = LogMel(geometry), []
    for clip in shown_clips(test, args.max_clips):
        mels = {}
        for label, (scp, table) in tables.items():
            if clip not in table:
                raise ValueError(
                    f"{scp} has no {clip}, which {args.test_data} has; run the stage "
                    "that wrote it again"
                )
            wave = torch.from_numpy(read_clip(table[clip], geometry))
            mels[label] = log_mel(wave[None])[0].numpy()
        examples.append(Example(test.captions.get(clip, clip), mels))
    return examples


def shown_clips(test: SoundSet, count: int) -> list[str]:
    """Return the first clip of each class or, without classes, of each recording.

    Args:
        test: The test set.
        count: Largest number of ids.

    Returns:
        Ids.
    """
    if not test.classes:
        return test.one_a_recording()[:count]
    first: dict[str, str] = {}
    for clip in test.ids:
        if clip in test.classes:
            first.setdefault(test.classes[clip], clip)
    return [first[name] for name in sorted(first)][:count]


def hardware() -> str:
    """Return the processor, its cores and the memory of this machine, as one line."""
    name = platform.processor() or platform.machine()
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
        names = [line for line in text.splitlines() if line.startswith("model name")]
        name = names[0].partition(":")[2].strip() if names else name
        pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        memory = f", {pages / 2**30:.0f} GiB of memory"
    except (OSError, ValueError):
        memory = ""  # the system is not Linux
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    return f"{name}, {cores or os.cpu_count()} cores{memory}"


if __name__ == "__main__":
    main()
