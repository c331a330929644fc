"""One row of the score table: one way of answering the test captions.

A row has one set of clips a generation seed; every set holds exactly the test ids.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from espnet2.gen_audio.metrics.encoders.clip_features import ClipFeatures
from espnet2.gen_audio.metrics.evaluation.classifier_probe import (
    estimate_accuracy,
    estimate_shuffled,
    macro_accuracy,
)
from espnet2.gen_audio.metrics.evaluation.probe_set import Judges
from espnet2.gen_audio.metrics.evaluation.sound_set import SoundSet, require_same_ids
from espnet2.gen_audio.metrics.measures.copying import Nearest, copying, nearest
from espnet2.gen_audio.metrics.measures.estimate import Estimate, bootstrap_mean
from espnet2.gen_audio.metrics.measures.frechet import frechet_distance
from espnet2.gen_audio.metrics.measures.kernel_distance import (
    SCALE,
    estimate_kernel_distance,
    kernel_distance,
)


@dataclass(frozen=True)
class Scene:
    """What every row is scored against.

    Args:
        test: The test set.
        reference: Test recordings, each recording once.
        judges: The judges; without any when nothing is labelled.
        train: Training clips as copying sees them; None leaves copying out.
        strangers: Distance of each real test recording to its nearest training clip.
        draws: Draws of each interval.
        seed: Seed of the draws.
    """

    test: SoundSet
    reference: ClipFeatures
    judges: Judges
    train: ClipFeatures | None = None
    strangers: np.ndarray | None = None
    draws: int = 1000
    seed: int = 0

    def recordings_of(self, ids: list[str]) -> list[str]:
        """Return the recording of each test id."""
        return [self.test.recordings[clip] for clip in ids]

    @property
    def judged_ids(self) -> list[str]:
        """Test ids that have a label."""
        return [clip for clip in self.test.ids if clip in self.test.kinds]


@dataclass(frozen=True)
class Answers:
    """Clips that answer the test captions.

    Args:
        name: Name of the row.
        by_seed: Features of each generation seed, in the order of the test ids.
        own: Whether the clips were made from the test recordings themselves.
        mel_l1: Log-mel distance of each clip to its recording, by seed; in dB.
    """

    name: str
    by_seed: Mapping[str, ClipFeatures]
    own: bool = False
    mel_l1: Mapping[str, np.ndarray] | None = None

    @classmethod
    def of(
        cls,
        name: str,
        by_seed: Mapping[str, ClipFeatures],
        test: SoundSet,
        own: bool = False,
        mel_l1: Mapping[str, np.ndarray] | None = None,
    ) -> "Answers":
        """Check the ids and put the clips in the test set's order.

        Args:
            name: Name of the row.
            by_seed: Features of each seed, in any order.
            test: The test set.
            own: As above.
            mel_l1: As above, in the order of the test ids.

        Returns:
            The answers.
        """
        ordered = {}
        for seed, features in by_seed.items():
            where = f"system {name}" + (f" (seed {seed})" if seed else "")
            require_same_ids(test.ids, features.ids, str(test.folder), where)
            ordered[seed] = features.select(test.ids)
        return cls(name, ordered, own, mel_l1)


Row = dict[str, Any]
Record = dict[str, Any]


def score_row(answers: Answers, scene: Scene) -> tuple[Row, list[Record]]:
    """Score one row.

    Args:
        answers: The clips.
        scene: What they are scored against.

    Returns:
        The row for scores.json, and one record a clip.
    """
    clips = sum(len(features.ids) for features in answers.by_seed.values())
    row: Row = {"name": answers.name, "seeds": list(answers.by_seed), "clips": clips}
    records = {
        (seed, clip): {"id": clip, "system": answers.name, "seed": seed}
        for seed, features in answers.by_seed.items()
        for clip in features.ids
    }
    for key in scene.judges.whole:
        row[key] = _judge(key, answers, scene, records)
    row.update(_distances(answers, scene))
    if answers.mel_l1 is not None:
        row["mel_distance"] = _mel(answers, scene, records)
    if scene.train is not None:
        row["copying"] = _copying(answers, scene, records)
    return row, list(records.values())


def shuffled_row(answers: Answers, scene: Scene) -> Row:
    """Judge the same clips against captions dealt out anew.

    Args:
        answers: The clips of another row.
        scene: What they are scored against.

    Returns:
        A row with judges only.
    """
    clips = sum(len(features.ids) for features in answers.by_seed.values())
    row = {"name": "shuffled", "seeds": list(answers.by_seed), "clips": clips}
    kinds, recordings = _kinds(scene), scene.recordings_of(scene.judged_ids)
    for key, facts in scene.judges.facts.items():
        parts = []
        for number, features in enumerate(answers.by_seed.values()):
            chosen = features.select(scene.judged_ids)
            judged = scene.judges.judge(key, chosen, recordings, answers.own)
            draws, seed = max(1, scene.draws // 5), scene.seed + number
            parts.append(estimate_shuffled(kinds, judged, draws, seed))
        estimate = Estimate(
            float(np.mean([part.value for part in parts])),
            min(part.low for part in parts),
            max(part.high for part in parts),
            clips,
        )
        row[key] = _with_chance(estimate, facts["chance"])
    return row


def _judge(
    key: str, answers: Answers, scene: Scene, records: dict[tuple, Record]
) -> dict[str, Any]:
    ids, kinds = scene.judged_ids, _kinds(scene)
    recordings = scene.recordings_of(ids)
    judged_all: list[str] = []
    per_seed = {}
    for seed, features in answers.by_seed.items():
        judged = scene.judges.judge(key, features.select(ids), recordings, answers.own)
        per_seed[seed] = round(macro_accuracy(kinds, judged), 6)
        judged_all.extend(judged)
        for clip, kind, answer in zip(ids, kinds, judged):
            records[seed, clip].update({"label": kind, key: str(answer)})
    times = len(answers.by_seed)
    estimate = estimate_accuracy(
        kinds * times, judged_all, recordings * times, scene.draws, scene.seed
    )
    chance = scene.judges.facts[key]["chance"]
    return {**_with_chance(estimate, chance), "per_seed": per_seed}


def _distances(answers: Answers, scene: Scene) -> dict[str, dict[str, Any]]:
    by_seed = dict(answers.by_seed)
    groups = scene.recordings_of(scene.test.ids)
    first = next(iter(by_seed.values()))
    if answers.own:
        # captions of one recording may share one sound: a sample holds it once
        sounds = dict(zip(zip(groups, first.digests), first.ids))
        by_seed = {s: f.select(list(sounds.values())) for s, f in by_seed.items()}
        groups = scene.recordings_of(list(sounds.values()))
    return distances_to(scene, {s: f.embedding for s, f in by_seed.items()}, groups)


def distances_to(
    scene: Scene, samples: Mapping[str, np.ndarray], groups: list[str]
) -> dict[str, dict[str, Any]]:
    """Return kernel and Frechet distance of samples to the test recordings.

    Args:
        scene: Holds the reference.
        samples: Embeddings of each generation seed, clips in the same order, (N, D).
        groups: Recording of each clip, (N,).

    Returns:
        Both entries of a row.
    """
    reference = scene.reference.embedding
    estimate = estimate_kernel_distance(
        list(samples.values()),
        groups,
        reference,
        scene.recordings_of(scene.reference.ids),
        max(1, scene.draws // 5),
        scene.seed,
    )
    per_seed = {
        seed: round(SCALE * kernel_distance(sample, reference), 6)
        for seed, sample in samples.items()
    }
    return {
        "kernel_distance": {**estimate.to_dict(), "per_seed": per_seed},
        "frechet_distance": _frechet(list(samples.values()), reference),
    }


def _frechet(samples: list[np.ndarray], reference: np.ndarray) -> dict[str, Any]:
    each = [frechet_distance(sample, reference) for sample in samples]
    return {
        "value": float(f"{np.mean([one.value for one in each]):.6g}"),
        "clips": list(each[0].clips),
        "rank": list(each[0].rank),
        "size": each[0].size,
    }


def _mel(
    answers: Answers, scene: Scene, records: dict[tuple, Record]
) -> dict[str, Any]:
    recordings = scene.recordings_of(scene.test.ids)
    for seed, values in answers.mel_l1.items():
        for clip, value in zip(scene.test.ids, values):
            records[seed, clip]["mel_l1_db"] = round(float(value), 4)
    values = np.concatenate(list(answers.mel_l1.values()))
    groups = recordings * len(answers.mel_l1)
    return bootstrap_mean(values, groups, scene.draws, scene.seed).to_dict()


def _copying(
    answers: Answers, scene: Scene, records: dict[tuple, Record]
) -> dict[str, Any]:
    found: dict[str, Nearest] = {
        seed: nearest(features.embedding, scene.train.embedding)
        for seed, features in answers.by_seed.items()
    }
    for seed, near in found.items():
        ids = answers.by_seed[seed].ids
        for clip, train_row, distance in zip(ids, near.row, near.distance):
            records[seed, clip]["nearest_train"] = scene.train.ids[train_row]
            records[seed, clip]["nearest_distance"] = round(float(distance), 4)
    distances = np.concatenate([near.distance for near in found.values()])
    result = copying(distances, scene.strangers)
    entry = {
        "value": result.share,
        "share_median": result.share_median,
        "median_ratio": (
            result.median_ratio if np.isfinite(result.median_ratio) else None
        ),
        "clips": len(distances),
    }
    return {
        k: float(f"{v:.6g}") if isinstance(v, float) else v for k, v in entry.items()
    }


def _kinds(scene: Scene) -> list[str]:
    return [scene.test.kinds[clip] for clip in scene.judged_ids]


def _with_chance(estimate: Estimate, chance: float) -> dict[str, Any]:
    return {
        **estimate.to_dict(),
        "times_chance": round(estimate.value / chance, 4),
    }
