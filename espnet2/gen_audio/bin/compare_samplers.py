"""Loss of quality by faster sampling: paired comparison of scored systems with one.

Reads the results of bin.score for systems that were generated from the same captions
with the same seeds. Prints a table and writes it as JSON.
"""

import argparse
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from espnet2.gen_audio.bin.score import geometry_of
from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.cli.number_options import whole_number
from espnet2.gen_audio.files.atomic_file import write_json
from espnet2.gen_audio.metrics.encoders.clip_features import FeatureReader
from espnet2.gen_audio.metrics.evaluation.baselines import white_noise
from espnet2.gen_audio.metrics.evaluation.probe_set import FITTED_ON
from espnet2.gen_audio.metrics.evaluation.sound_set import (
    SoundSet,
    read_sound_set,
    read_wavs,
)
from espnet2.gen_audio.metrics.evaluation.systems import Systems, systems_of
from espnet2.gen_audio.metrics.functional.paired_differences import (
    RelativeLoss,
    accuracy_loss,
    kernel_loss,
)
from espnet2.gen_audio.metrics.functional.sample import Sample
from espnet2.gen_audio.metrics.report.scores_file import OLD_NAMES, read_clips

# system -> seed -> id -> whether the clip was classified as the class of its caption
Correct = Mapping[str, Mapping[str, Mapping[str, bool]]]


class OldOption(argparse.Action):
    """A former name of an option: stores the value and logs the present name."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str,
        option_string: str | None = None,
    ) -> None:
        """Store the value under the present name of the option."""
        logging.warning("%s is now called --%s", option_string, self.dest)
        setattr(namespace, self.dest, values)


def probe_key(name: str) -> str:
    """Return the key of a classifier probe.

    Args:
        name: Its key, or the key of an earlier release.

    Returns:
        The present key.

    Raises:
        ArgumentTypeError: If there is no such probe.
    """
    key = OLD_NAMES.get(name, name)
    if key not in FITTED_ON:
        raise argparse.ArgumentTypeError(
            f"{name!r} is no classifier probe; use {', '.join(FITTED_ON)}"
        )
    if key != name:
        logging.warning("%s is now called %s", name, key)
    return key


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add(
        "--score_dir",
        type=Path,
        required=True,
        help="folder with clips.jsonl, features.npz",
    )
    add("--test_data", type=Path, required=True, help="test set that was scored")
    add("--systems", nargs="+", required=True, help="name@seed=wav.scp of bin.score")
    add("--base", default="quality", help="system that others are compared with")
    add(
        "--probe",
        type=probe_key,
        default="probe_train",
        help="classifier probe whose accuracy is compared, a key of clips.jsonl",
    )
    add(
        "--judge",
        dest="probe",
        type=probe_key,
        action=OldOption,
        default=argparse.SUPPRESS,
        help="former name of --probe",
    )
    add("--geometry", type=Path, help="YAML with the geometry of a clip")
    add("--draws", type=whole_number(1), default=1000, help="draws of each interval")
    add("--output", type=Path, required=True, help="JSON with the losses")
    return parser


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Run the command.

    Args:
        cmd: Arguments; those of the command line if None.

    Raises:
        ValueError: If the base is not among the systems.
    """
    setup_logging()  # before the options, which may have former names
    args = get_parser().parse_args(cmd)
    from espnet2.gen_audio.metrics.encoders.yamnet import Yamnet

    systems = systems_of([], args.systems, args.base)
    if args.base not in systems:
        raise ValueError(
            f"--base {args.base} is not among {', '.join(systems)}; name one of them"
        )
    store = args.score_dir / "features.npz"
    reader = FeatureReader(Yamnet(), geometry_of(args.geometry), store, 1)
    rows = losses(args, systems, read_sound_set(args.test_data), reader)
    write_json(args.output, rows)
    for row in rows:
        texts = [_in_percent(k, row[k]) for k in ("kernel", "agreement") if row[k]]
        print("  ".join([f"{row['system']:<20}", *texts]))


def losses(
    args: argparse.Namespace, systems: Systems, test: SoundSet, reader: FeatureReader
) -> list[dict[str, Any]]:
    """Return the losses of every system.

    Args:
        args: Options of the command.
        systems: wav.scp of each system and seed.
        test: The test set.
        reader: Computes features, or reads them from the cache.

    Returns:
        One row per system: ``kernel``, the loss in kernel distance, and ``agreement``,
        the loss in accuracy of the classifier probe; None if no clip was classified.
    """
    groups = [test.recordings[clip] for clip in test.ids]
    reference = reference_of(test, reader)
    waves = white_noise(test.ids, reader.geometry.samples, 0)
    noise = reader.from_waveforms(waves, "noise").embedding
    features = features_of(systems, test, reader)
    correct = correct_clips(args.score_dir / "clips.jsonl", args.probe)
    rows = []
    for name in systems:
        kernel = kernel_loss(
            features[name], features[args.base], noise, groups, reference, args.draws
        )
        accuracy = _accuracy_loss(name, args.base, test, correct, args.draws)
        rows.append(
            {
                "system": name,
                "kernel": vars(kernel),
                "agreement": None if accuracy is None else vars(accuracy),
            }
        )
    return rows


def reference_of(test: SoundSet, reader: FeatureReader) -> Sample:
    """Return the embeddings of the test recordings, each recording once.

    Args:
        test: The test set.
        reader: Computes features.

    Returns:
        Embeddings, with the recording of each as its group.
    """
    once = test.one_a_recording()
    features = reader.read({clip: test.wavs[clip] for clip in once}, "recordings")
    return Sample(features.embedding, [test.recordings[clip] for clip in once])


def features_of(
    systems: Systems, test: SoundSet, reader: FeatureReader
) -> dict[str, list[np.ndarray]]:
    """Return the embeddings of every system and seed.

    Args:
        systems: wav.scp of each system and seed.
        test: The test set.
        reader: Computes features.

    Returns:
        By system, one array per seed, (N, D), in the order of the test ids.
    """
    features = {}
    for name, scps in systems.items():
        found = {seed: read_wavs(scp) for seed, scp in scps.items()}
        features[name] = [
            reader.read({clip: wavs[clip] for clip in test.ids}, f"{name} {seed}")
            for seed, wavs in found.items()
        ]
    return {name: [one.embedding for one in each] for name, each in features.items()}


def correct_clips(path: Path, probe: str) -> Correct:
    """Read which clips were classified as the class of their caption.

    Args:
        path: clips.jsonl that bin.score wrote.
        probe: Key of the classifier probe.

    Returns:
        Whether the class is correct, by system, seed and id; clips without a label are
        left out.
    """
    correct: dict[str, dict[str, dict[str, bool]]] = {}
    for record in read_clips(path):
        if record.get("label") and record.get(probe):
            seeds = correct.setdefault(record["system"], {})
            clips = seeds.setdefault(record["seed"], {})
            clips[record["id"]] = record[probe] == record["label"]
    return correct


def _accuracy_loss(
    name: str, base: str, test: SoundSet, correct: Correct, draws: int
) -> RelativeLoss | None:
    """Return the loss in accuracy, or None if no clip was classified."""
    if not {name, base, "noise"} <= correct.keys():
        return None
    ids = [clip for clip in test.ids if clip in test.classes]

    def values(system: str) -> list[np.ndarray]:
        """Return whether each clip was classified as captioned, one array per seed."""
        return [np.array([s[clip] for clip in ids]) for s in correct[system].values()]

    groups = [test.recordings[clip] for clip in ids]
    classes = [test.classes[clip] for clip in ids]
    noise = values("noise")[0]
    return accuracy_loss(values(name), values(base), noise, groups, classes, draws)


def _in_percent(name: str, loss: Mapping[str, float]) -> str:
    value, low, high = (100 * loss[key] for key in ("value", "low", "high"))
    return f"{name} {value:5.1f} % [{low:.1f}, {high:.1f}]"


if __name__ == "__main__":
    main()
