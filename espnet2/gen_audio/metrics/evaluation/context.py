"""The inputs of a sound metric: the outputs of one system, and the evaluation context.

A system has one set of clips per generation seed; each set has exactly the test ids.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from espnet2.gen_audio.metrics.encoders.clip_features import (
    ClipFeatures,
    FeatureReader,
)
from espnet2.gen_audio.metrics.encoders.set_reader import SetReader
from espnet2.gen_audio.metrics.evaluation.metric import ClipKey
from espnet2.gen_audio.metrics.evaluation.probe_set import ProbeSet
from espnet2.gen_audio.metrics.evaluation.row_scorer import Record
from espnet2.gen_audio.metrics.evaluation.sound_set import SoundSet, require_same_ids
from espnet2.gen_audio.metrics.functional.sample import Sample
from espnet2.gen_audio.metrics.functional.vectors import Vectors

Wavs = Mapping[str, Path]


@dataclass(frozen=True)
class SystemOutputs:
    """Clips of one system for the test captions.

    Args:
        name: Name of the row.
        by_seed: Features of each generation seed, in the order of the test ids.
        wavs: Sound files of each seed; empty if clips have no files.
        paired: Whether the clips were made from the test recordings.
        is_reference: Whether they are the test recordings themselves.
    """

    name: str
    by_seed: Mapping[str, ClipFeatures]
    wavs: Mapping[str, Wavs] = field(default_factory=dict)
    paired: bool = False
    is_reference: bool = False

    @classmethod
    def read(
        cls,
        name: str,
        wavs: Mapping[str, Wavs],
        test: SoundSet,
        reader: FeatureReader | SetReader,
        paired: bool = False,
    ) -> "SystemOutputs":
        """Read the clips of one system.

        Args:
            name: Name of the system.
            wavs: Sound files of each seed.
            test: The test set.
            reader: Computes features.
            paired: Whether the clips were made from the test recordings.

        Returns:
            The outputs, ids checked.
        """
        features = {
            seed: reader.read(files, " ".join([name, seed]).strip())
            for seed, files in wavs.items()
        }
        return cls.of(name, features, test, wavs=wavs, paired=paired)

    @classmethod
    def of(
        cls,
        name: str,
        by_seed: Mapping[str, ClipFeatures],
        test: SoundSet,
        wavs: Mapping[str, Wavs] | None = None,
        paired: bool = False,
        is_reference: bool = False,
    ) -> "SystemOutputs":
        """Check the ids and put the clips in the test set's order.

        Args:
            name: Name of the row.
            by_seed: Features of each seed, in any order.
            test: The test set.
            wavs: See the class.
            paired: See the class.
            is_reference: See the class.

        Returns:
            The outputs.
        """
        ordered = {}
        for seed, features in by_seed.items():
            where = f"system {name}" + (f" (seed {seed})" if seed else "")
            require_same_ids(test.ids, features.ids, str(test.folder), where)
            ordered[seed] = features.select(test.ids)
        return cls(name, ordered, wavs or {}, paired, is_reference)

    @property
    def num_clips(self) -> int:
        """Number of clips of all seeds."""
        return sum(len(features.ids) for features in self.by_seed.values())

    def records(self) -> dict[ClipKey, Record]:
        """Return a record of each clip, for clips.jsonl."""
        return {
            (seed, clip): {"id": clip, "system": self.name, "seed": seed}
            for seed, features in self.by_seed.items()
            for clip in features.ids
        }


@dataclass(frozen=True)
class SeedSamples:
    """Embeddings of several generation seeds.

    Args:
        by_seed: Embeddings of each seed, clips in the same order, (N, D).
        groups: Recording of each clip, (N,).
    """

    by_seed: Mapping[str, Vectors]
    groups: Sequence[str]

    @classmethod
    def of(
        cls, by_seed: Mapping[str, ClipFeatures], groups: Sequence[str]
    ) -> "SeedSamples":
        """Take the vectors of several seeds.

        Args:
            by_seed: Features of each seed, clips in the same order.
            groups: Recording of each clip, (N,).

        Returns:
            The sample.

        Raises:
            ValueError: If frames are compared, and the clips of the seeds differ in
                their numbers of frames.
        """
        found = {seed: f.vectors(groups) for seed, f in by_seed.items()}
        (_, first), *others = found.values()
        if any(spread != first for _, spread in others):
            raise ValueError(
                "clips of several seeds have different numbers of frames; give each "
                "seed as a set of its own, or cut the clips to one length"
            )
        return cls({seed: vectors for seed, (vectors, _) in found.items()}, first)


@dataclass(frozen=True)
class EvaluationContext:
    """The data that all systems are scored against.

    Args:
        test: The test set.
        reference: Features of the test recordings, each recording once.
        probes: The classifier probes; an empty set if no clip is labelled.
        reader: Reads and preprocesses sound files.
        train: Training clips, for the metric of copying; None leaves this metric out.
        heldout_distances: Held-out reference distances: distance of each real test
            recording to its nearest training clip.
        other_recordings: Training recordings, each once. Their distance to the test
            recordings is a lower bound for generated clips. None if they are not given.
        draws: Number of draws of each interval.
        seed: Seed of the draws.
        caption_vectors: Vector of each caption in the encoder's space, by id; None
            where the encoder reads no captions or none are given.
        own: Features of the recording of each test id; None in the recipe, where no
            metric reads them.
    """

    test: SoundSet
    reference: ClipFeatures
    probes: ProbeSet
    reader: FeatureReader | SetReader
    train: ClipFeatures | None = None
    heldout_distances: np.ndarray | None = None
    other_recordings: SeedSamples | None = None
    draws: int = 1000
    seed: int = 0
    caption_vectors: Mapping[str, np.ndarray] | None = None
    own: ClipFeatures | None = None

    def recordings_of(self, ids: Sequence[str]) -> list[str]:
        """Return the recording of each test id."""
        return [self.test.recordings[clip] for clip in ids]

    @property
    def labelled_ids(self) -> list[str]:
        """Test ids that have a class."""
        return [clip for clip in self.test.ids if clip in self.test.classes]

    @property
    def labels(self) -> list[str]:
        """Class of each labelled test id."""
        return [self.test.classes[clip] for clip in self.labelled_ids]

    @property
    def half_sample_draws(self) -> int:
        """Number of draws of slow intervals: a fifth of ``draws``."""
        return max(1, self.draws // 5)

    @property
    def reference_sample(self) -> Sample:
        """Embeddings of the test recordings with their groups."""
        groups = self.recordings_of(self.reference.ids)
        return Sample(*self.reference.vectors(groups))

    def samples_of(self, outputs: SystemOutputs) -> SeedSamples | None:
        """Return the sample to compare with the test recordings.

        Args:
            outputs: Clips of the system.

        Returns:
            The embeddings of the system's clips; if clips were made from recordings,
            each sound once. For the test recordings themselves: the embeddings of the
            other recordings, since the distance of a set to itself means nothing; None
            if those are not given.
        """
        if outputs.is_reference:
            return self.other_recordings
        by_seed = outputs.by_seed
        groups = self.recordings_of(self.test.ids)
        if outputs.paired:
            # captions of one recording may share a sound; the sample contains it once
            first = next(iter(by_seed.values()))
            once = list(dict(zip(zip(groups, first.digests), first.ids)).values())
            by_seed = {seed: f.select(once) for seed, f in by_seed.items()}
            groups = self.recordings_of(once)
        return SeedSamples.of(by_seed, groups)
