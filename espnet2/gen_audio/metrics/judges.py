"""The judges of one scoring run, each fitted on another set of recordings.

A judge fitted on raw recordings mostly hears what the VAE and the vocoder do to a
sound. The judges that count are therefore fitted on reconstructions: one on those of
the training recordings, and one on those of held-out recordings alone, which the
generator never saw. Each clip that stems from a held-out recording itself is judged by
cross-validation, so that no judge has heard the recording before.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from espnet2.gen_audio.metrics.clip_features import ClipFeatures
from espnet2.gen_audio.metrics.judge import CrossJudges, Judge

# key of each judge -> what it was fitted on
JUDGE_TITLES = {
    "judge_train": "reconstructed training recordings",
    "judge_heldout": "reconstructed held-out recordings",
    "judge_raw": "raw training recordings",
}


@dataclass(frozen=True)
class Labelled:
    """Clips to fit a judge on.

    Args:
        features: Features of the clips.
        kinds: Kind of each, in the same order.
        recordings: Recording of each, in the same order.
    """

    features: ClipFeatures
    kinds: Sequence[str]
    recordings: Sequence[str]

    @classmethod
    def of(
        cls,
        features: ClipFeatures,
        kinds: dict[str, str],
        recordings: dict[str, str],
        wanted: set[str],
    ) -> "Labelled":
        """Keep labelled clips of the wanted kinds, each sound of a recording once.

        Args:
            features: Features of clips.
            kinds: Kind of each labelled id.
            recordings: Recording of each id.
            wanted: Kinds to keep.

        Returns:
            What is left.
        """
        seen: set[tuple[str, str]] = set()
        ids = []
        for clip, digest in zip(features.ids, features.digests):
            sound = (recordings[clip], digest)
            if kinds.get(clip) in wanted and sound not in seen:
                seen.add(sound)
                ids.append(clip)
        return cls(
            features.select(ids), [kinds[i] for i in ids], [recordings[i] for i in ids]
        )

    def join(self, other: "Labelled") -> "Labelled":
        """Return both sets as one; recordings of the two must differ in name."""
        mine, theirs = self.features, other.features
        features = ClipFeatures(
            mine.ids + theirs.ids,
            np.vstack([mine.embedding, theirs.embedding]),
            np.vstack([mine.statistics, theirs.statistics]),
            mine.digests + theirs.digests,
        )
        return Labelled(
            features,
            [*self.kinds, *other.kinds],
            [*self.recordings, *other.recordings],
        )


@dataclass
class Judges:
    """All judges that the given data allow.

    Args:
        blocks: Sizes of the two blocks of features.
        whole: Judge of each key, fitted on all of its clips.
        crossed: Judges by cross-validation, for clips of their own recordings.
        facts: What each judge was fitted on, for scores.json.
        left_out: Why a judge is missing.
    """

    blocks: tuple[int, int]
    whole: dict[str, Judge] = field(default_factory=dict)
    crossed: dict[str, CrossJudges] = field(default_factory=dict)
    facts: dict[str, dict] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    def add(self, key: str, clips: Labelled | None, heldout: bool = False) -> None:
        """Fit a judge, or note why it cannot be.

        Args:
            key: One of ``JUDGE_TITLES``.
            clips: What to fit it on; None when the data were not given.
            heldout: Whether the judged recordings are among these clips.
        """
        if clips is None:
            self.left_out[key] = "its reconstructions or recordings were not given"
            return
        try:
            features = clips.features.joint
            if heldout:
                self.crossed[key] = CrossJudges.fit(
                    self.blocks, features, clips.kinds, clips.recordings
                )
            self.whole[key] = Judge(self.blocks).fit(features, clips.kinds)
        except ValueError as error:
            logging.warning("%s is left out: %s", key, error)
            self.left_out[key] = str(error)
            return
        kinds = self.whole[key].kinds
        self.facts[key] = {
            "fitted_on": JUDGE_TITLES[key],
            "kinds": kinds,
            "chance": 1 / len(kinds),
            "clips": len(clips.kinds),
            "recordings": len(set(clips.recordings)),
        }

    def judge(
        self, key: str, features: ClipFeatures, recordings: Sequence[str], own: bool
    ) -> np.ndarray:
        """Return the kind of each clip.

        Args:
            key: Which judge.
            features: The clips.
            recordings: Test recording that each clip answers.
            own: Whether the clips were made from those recordings.

        Returns:
            Names of kinds, in the order of the clips.
        """
        if own and key in self.crossed:
            return self.crossed[key].predict(features.joint, recordings)
        return self.whole[key].predict(features.joint)
