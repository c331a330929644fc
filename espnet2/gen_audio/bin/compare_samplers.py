"""What faster sampling costs: paired losses of scored systems beside one of them.

Reads what bin.score wrote, of systems that were generated from the same captions with
the same seeds. Prints a table and writes it as JSON.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from espnet2.gen_audio.bin.score import geometry_of
from espnet2.gen_audio.files.atomic_file import write_json
from espnet2.gen_audio.metrics.baselines import white_noise
from espnet2.gen_audio.metrics.clip_features import FeatureReader
from espnet2.gen_audio.metrics.paired_loss import Loss, agreement_loss, kernel_loss
from espnet2.gen_audio.metrics.sound_set import SoundSet, read_sound_set, read_wavs
from espnet2.gen_audio.metrics.systems import Systems, systems_of
from espnet2.gen_audio.recipe.command import one_line_errors, setup_logging


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--score_dir", type=Path, required=True, help="clips.jsonl, features.npz")
    add("--test_data", type=Path, required=True, help="test set that was scored")
    add("--systems", nargs="+", required=True, help="name@seed=wav.scp, as scored")
    add("--base", default="quality", help="system that others are compared with")
    add("--judge", default="judge_train", help="whose judgement, a key of clips.jsonl")
    add("--geometry", type=Path, help="YAML with the geometry of a clip")
    add("--draws", type=int, default=1000, help="draws of each interval")
    add("--output", type=Path, required=True, help="JSON with the losses")
    return parser


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Compare.

    Args:
        cmd: Arguments; those of the command line when absent.

    Raises:
        ValueError: If the base is not among the systems.
    """
    args = get_parser().parse_args(cmd)
    setup_logging()
    from espnet2.gen_audio.metrics.yamnet import Yamnet

    systems = systems_of([], args.systems, args.base)
    if args.base not in systems:
        raise ValueError(f"--base {args.base} is not among {', '.join(systems)}")
    store = args.score_dir / "features.npz"
    reader = FeatureReader(Yamnet(), geometry_of(args.geometry), store, 1)
    rows = losses(args, systems, read_sound_set(args.test_data), reader)
    write_json(args.output, rows)
    for row in rows:
        told = [f"{row['system']:<20}"]
        for key in ("kernel", "agreement"):
            loss = row[key]
            if loss is not None:
                value, low, high = (100 * loss[k] for k in ("value", "low", "high"))
                told.append(f"{key} {value:5.1f} % [{low:.1f}, {high:.1f}]")
        print("  ".join(told))


def losses(
    args: argparse.Namespace, systems: Systems, test: SoundSet, reader: FeatureReader
) -> list[dict[str, Any]]:
    """Return the losses of every system.

    Args:
        args: Options of the command.
        systems: wav.scp of each system and seed.
        test: The test set.
        reader: Computes features, or takes them from the store.

    Returns:
        A row a system, with ``kernel`` and, where clips were judged, ``agreement``.
    """
    ids = test.ids
    groups = [test.recordings[clip] for clip in ids]
    single = test.one_a_recording()
    reference = reader.read({clip: test.wavs[clip] for clip in single}, "recordings")
    waves = white_noise(ids, reader.geometry.samples, 0)
    noise = reader.of_waves(waves, "noise").embedding
    features = {}
    for name, seeds in systems.items():
        found = {seed: read_wavs(scp) for seed, scp in seeds.items()}
        features[name] = [
            reader.read({clip: wavs[clip] for clip in ids}, f"{name} {seed}").embedding
            for seed, wavs in found.items()
        ]
    right = judged(args.score_dir / "clips.jsonl", args.judge)
    rows = []
    for name in systems:
        kernel = kernel_loss(
            features[name],
            features[args.base],
            noise,
            groups,
            reference.embedding,
            [test.recordings[clip] for clip in single],
            args.draws,
        )
        agreement = _agreement(name, args.base, test, right, args.draws)
        rows.append(
            {
                "system": name,
                "kernel": vars(kernel),
                "agreement": None if agreement is None else vars(agreement),
            }
        )
    return rows


def judged(path: Path, judge: str) -> dict[str, dict[str, dict[str, bool]]]:
    """Read which clips were judged as their captions say.

    Args:
        path: clips.jsonl that bin.score wrote.
        judge: Key of the judgement.

    Returns:
        Truth by system, seed and id; clips without label are left out.
    """
    right: dict[str, dict[str, dict[str, bool]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if record.get("label") and record.get(judge):
            seeds = right.setdefault(record["system"], {})
            clips = seeds.setdefault(record["seed"], {})
            clips[record["id"]] = record[judge] == record["label"]
    return right


def _agreement(
    name: str, base: str, test: SoundSet, right: dict, draws: int
) -> Loss | None:
    """Return the loss in agreement, or None where nothing was judged."""
    if not {name, base, "noise"} <= right.keys():
        return None
    ids = [clip for clip in test.ids if clip in test.kinds]

    def values(system: str) -> list[np.ndarray]:
        return [np.array([s[clip] for clip in ids]) for s in right[system].values()]

    groups = [test.recordings[clip] for clip in ids]
    kinds = [test.kinds[clip] for clip in ids]
    noise = values("noise")[0]
    return agreement_loss(values(name), values(base), noise, groups, kinds, draws)


if __name__ == "__main__":
    main()
