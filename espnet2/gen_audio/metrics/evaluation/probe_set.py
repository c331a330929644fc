"""The classifier probes of one evaluation, each fitted on another set of recordings.

What a probe fitted on raw recordings says of a generated clip depends mostly on the
changes that VAE and vocoder make to every sound. The main probes are therefore fitted
on reconstructions: one on those of the training recordings, the other on those of
held-out recordings, with which the generator was not trained. A clip made from a
held-out recording is classified by a probe that was fitted without this recording
(cross-validation).
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from espnet2.gen_audio.metrics.encoders.clip_features import ClipFeatures
from espnet2.gen_audio.metrics.evaluation.classifier_probe import (
    ClassifierProbe,
    CrossValidatedProbe,
)

# key of each probe -> clips that it was fitted on
FITTED_ON = {
    "probe_train": "reconstructed training recordings",
    "probe_heldout": "reconstructed held-out recordings",
    "probe_raw": "raw training recordings",
}


@dataclass(frozen=True)
class Labelled:
    """Clips to fit a probe on.

    Args:
        features: Features of the clips.
        classes: Class of each, in the same order.
        recordings: Recording of each, in the same order.
    """

    features: ClipFeatures
    classes: Sequence[str]
    recordings: Sequence[str]

    @classmethod
    def of(
        cls,
        features: ClipFeatures,
        classes: Mapping[str, str],
        recordings: Mapping[str, str],
        wanted: set[str],
    ) -> "Labelled":
        """Keep labelled clips of the wanted classes, each sound of a recording once.

        Args:
            features: Features of clips.
            classes: Class of each labelled id.
            recordings: Recording of each id.
            wanted: Classes to keep.

        Returns:
            The clips that are kept.
        """
        seen: set[tuple[str, str]] = set()
        ids = []
        for clip, digest in zip(features.ids, features.digests):
            sound = (recordings[clip], digest)
            if classes.get(clip) in wanted and sound not in seen:
                seen.add(sound)
                ids.append(clip)
        labels = [classes[clip] for clip in ids]
        return cls(features.select(ids), labels, [recordings[clip] for clip in ids])

    def join(self, other: "Labelled") -> "Labelled":
        """Return both sets as one; recordings of the two must differ in name."""
        return Labelled(
            self.features.join(other.features),
            [*self.classes, *other.classes],
            [*self.recordings, *other.recordings],
        )


@dataclass
class ProbeSet:
    """All probes that the given data allow.

    Args:
        blocks: Sizes of the two blocks of features.
        probes: Probe of each key, fitted on all of its clips.
        cross_validated: Cross-validated probes, for clips of their own recordings.
        descriptions: For each probe the clips that it was fitted on, for scores.json.
        left_out: Why a probe is missing.
    """

    blocks: tuple[int, int]
    probes: dict[str, ClassifierProbe] = field(default_factory=dict)
    cross_validated: dict[str, CrossValidatedProbe] = field(default_factory=dict)
    descriptions: dict[str, dict[str, Any]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    def add(self, key: str, clips: Labelled | None, heldout: bool = False) -> None:
        """Fit a probe, or note why it cannot be fitted.

        Args:
            key: One of ``FITTED_ON``.
            clips: Clips to fit it on; None if they were not given.
            heldout: Whether the test recordings are among these clips.
        """
        if clips is None:
            self.left_out[key] = "its reconstructions or recordings were not given"
            return
        try:
            features = clips.features.joint
            if heldout:
                self.cross_validated[key] = CrossValidatedProbe.fit(
                    self.blocks, features, clips.classes, clips.recordings
                )
            self.probes[key] = ClassifierProbe(self.blocks).fit(features, clips.classes)
        except ValueError as error:
            logging.warning("%s is left out: %s", key, error)
            self.left_out[key] = str(error)
            return
        classes = self.probes[key].classes
        self.descriptions[key] = {
            "fitted_on": FITTED_ON[key],
            "classes": classes,
            "chance": 1 / len(classes),
            "clips": len(clips.classes),
            "recordings": len(set(clips.recordings)),
        }

    def predict(
        self, key: str, features: ClipFeatures, recordings: Sequence[str], paired: bool
    ) -> np.ndarray:
        """Return the class of each clip.

        Args:
            key: Key of the probe.
            features: The clips.
            recordings: Test recording whose caption each clip was generated from.
            paired: Whether the clips were made from those recordings.

        Returns:
            Names of classes, in the order of the clips.
        """
        if paired and key in self.cross_validated:
            return self.cross_validated[key].predict(features.joint, recordings)
        return self.probes[key].predict(features.joint)
