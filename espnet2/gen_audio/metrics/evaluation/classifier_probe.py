"""Classifier probes, which predict the class of a clip from its features.

Logistic regression on the YAMNet embedding and the mel statistics of a clip. The two
blocks are standardised and have equal weight, independent of their sizes; classes have
equal weight, independent of their numbers of clips. Nothing is tuned: the penalty is a
constant. (Older files and pages of results call a classifier probe 'judge'.)

Shapes: N clips, D = D1 + D2 numbers in two blocks, K classes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from espnet2.gen_audio.metrics.functional.estimate import group_rows

# Inverse penalty, for blocks of unit norm; chosen once on recordings of Sonic Pi.
INVERSE_PENALTY = 20.0
FOLDS = 5
MAX_ITERATIONS = 2000  # iterations of the solver, which converges earlier


class ClassifierProbe:
    """Logistic regression over classes of sound.

    Args:
        blocks: Sizes of the blocks of features, in order; their sum is D.
    """

    def __init__(self, blocks: Sequence[int]):
        self.blocks = tuple(blocks)

    def fit(self, features: np.ndarray, classes: Sequence[str]) -> "ClassifierProbe":
        """Fit to labelled clips.

        Args:
            features: The concatenated blocks, (N, D).
            classes: Class of each clip, (N,).

        Returns:
            The probe itself.

        Raises:
            ValueError: If there is only one class, or labels and clips differ in
                number.
        """
        from sklearn.linear_model import LogisticRegression
        from sklearn.preprocessing import StandardScaler

        features = self._checked(features)
        if len(features) != len(classes) or len(set(classes)) < 2:
            raise ValueError(
                f"{len(features)} clips with {len(classes)} labels of "
                f"{len(set(classes))} class(es); a classifier probe needs one label a "
                "clip and at least two classes"
            )
        self._scaler = StandardScaler().fit(features)
        self._regression = LogisticRegression(
            C=INVERSE_PENALTY,
            class_weight="balanced",
            max_iter=MAX_ITERATIONS,
            random_state=0,
        ).fit(self._scaled(features), np.asarray(classes))
        return self

    @property
    def classes(self) -> list[str]:
        """The classes that it was fitted on, sorted."""
        return [str(name) for name in self._regression.classes_]

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Return the class of each clip.

        Args:
            features: As in ``fit``, (N, D).

        Returns:
            Names of classes, (N,).
        """
        return self._regression.predict(self._scaled(self._checked(features)))

    def _checked(self, features: np.ndarray) -> np.ndarray:
        features = np.asarray(features, dtype=np.float64)
        if features.ndim != 2 or features.shape[1] != sum(self.blocks):
            raise ValueError(
                f"features of shape {features.shape} do not hold blocks {self.blocks}; "
                "use the embedding and the geometry that the probe was fitted with"
            )
        bad = int((~np.isfinite(features)).sum())
        if bad:
            raise ValueError(f"{bad} features are NaN or infinite; check the clips")
        return features

    def _scaled(self, features: np.ndarray) -> np.ndarray:
        sizes = np.repeat(self.blocks, self.blocks)
        return self._scaler.transform(features) / np.sqrt(sizes)


@dataclass(frozen=True)
class CrossValidatedProbe:
    """Several probes, each fitted without one fold of the recordings.

    Args:
        fold_of: Fold of each recording.
        probes: One probe per fold, fitted without that fold's recordings.
    """

    fold_of: dict[str, int]
    probes: list[ClassifierProbe]

    @classmethod
    def fit(
        cls,
        blocks: Sequence[int],
        features: np.ndarray,
        classes: Sequence[str],
        recordings: Sequence[str],
    ) -> "CrossValidatedProbe":
        """Fit one probe per fold; recordings of a class are spread over the folds.

        Args:
            blocks: As for ``ClassifierProbe``.
            features: (N, D).
            classes: Class of each clip, (N,).
            recordings: Recording of each clip, (N,).

        Returns:
            The probes.

        Raises:
            ValueError: If a class has fewer than two recordings, so that a probe
                without one of them would not know the class.
        """
        class_of = dict(zip(recordings, classes))
        ordered = sorted(class_of, key=lambda name: (class_of[name], name))
        members = group_rows(list(class_of.values()))
        few = [name for name, rows in members.items() if len(rows) < 2]
        if few:
            raise ValueError(
                f"class {', '.join(few)} has one recording; at least two of each class "
                "are needed to classify a recording by a probe without it"
            )
        folds = min(FOLDS, len(ordered))
        fold_of = {recording: i % folds for i, recording in enumerate(ordered)}
        fold = np.array([fold_of[recording] for recording in recordings])
        names = np.asarray(classes)
        probes = [
            ClassifierProbe(blocks).fit(features[fold != f], names[fold != f])
            for f in range(folds)
        ]
        return cls(fold_of, probes)

    def predict(self, features: np.ndarray, recordings: Sequence[str]) -> np.ndarray:
        """Classify each clip by the probe that was fitted without its recording.

        Args:
            features: (N, D).
            recordings: Recording that each clip stems from, (N,).

        Returns:
            Names of classes, (N,).

        Raises:
            ValueError: If a recording was in no fold.
        """
        unknown = sorted(set(recordings) - set(self.fold_of))
        if unknown:
            raise ValueError(
                f"recording {unknown[0]} was in no fold of the cross-validated probe; "
                "fit it on a set that holds the recording"
            )
        fold = np.array([self.fold_of[recording] for recording in recordings])
        predicted = np.stack([probe.predict(features) for probe in self.probes])
        return predicted[fold, np.arange(len(fold))]
