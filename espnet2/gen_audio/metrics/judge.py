"""A judge of kinds: does a clip sound like the kind that its caption names?

Logistic regression on what YAMNet and the mel statistics say of a clip. Both blocks
are standardised and weigh the same, whatever their sizes; kinds weigh the same,
whatever their numbers of clips. Nothing is tuned: the penalty is a constant.

Shapes: N clips, D = D1 + D2 numbers in two blocks, K kinds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from espnet2.gen_audio.metrics.card import Card
from espnet2.gen_audio.metrics.estimate import MIDDLE, Estimate, group_rows

# Inverse penalty, for blocks of unit norm; chosen once on recordings of Sonic Pi.
INVERSE_PENALTY = 20.0
FOLDS = 5
CARD = Card(
    key="judge",
    title="Judge",
    unit="macro-averaged accuracy",
    better="higher",
    source="logistic regression on embeddings and mel statistics; chance 1/kinds;"
    " intervals by bootstrap over recordings, with the judge held fixed",
)


class Judge:
    """Logistic regression over kinds of sound.

    Args:
        blocks: Sizes of the blocks of features, in order; their sum is D.
    """

    def __init__(self, blocks: Sequence[int]):
        self.blocks = tuple(blocks)

    def fit(self, features: np.ndarray, kinds: Sequence[str]) -> "Judge":
        """Fit to labelled clips.

        Args:
            features: Blocks side by side, (N, D).
            kinds: Kind of each clip, (N,).

        Returns:
            The judge itself.

        Raises:
            ValueError: If there is one kind only, or a number is not finite.
        """
        from sklearn.linear_model import LogisticRegression
        from sklearn.preprocessing import StandardScaler

        features = self._checked(features)
        if len(features) != len(kinds) or len(set(kinds)) < 2:
            raise ValueError(
                f"{len(features)} clips with {len(kinds)} labels of {len(set(kinds))} "
                "kind(s); a judge needs one label a clip and at least two kinds"
            )
        self._scaler = StandardScaler().fit(features)
        self._regression = LogisticRegression(
            C=INVERSE_PENALTY, class_weight="balanced", max_iter=2000, random_state=0
        ).fit(self._scaled(features), np.asarray(kinds))
        return self

    @property
    def kinds(self) -> list[str]:
        """The kinds that it was fitted on, sorted."""
        return [str(kind) for kind in self._regression.classes_]

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Return the kind of each clip.

        Args:
            features: As in ``fit``, (N, D).

        Returns:
            Names of kinds, (N,).
        """
        return self._regression.predict(self._scaled(self._checked(features)))

    def _checked(self, features: np.ndarray) -> np.ndarray:
        features = np.asarray(features, dtype=np.float64)
        if features.ndim != 2 or features.shape[1] != sum(self.blocks):
            raise ValueError(
                f"features of shape {features.shape} do not hold blocks {self.blocks}"
            )
        if not np.isfinite(features).all():
            raise ValueError("a feature is NaN or infinite; check the clips")
        return features

    def _scaled(self, features: np.ndarray) -> np.ndarray:
        sizes = np.repeat(self.blocks, self.blocks)
        return self._scaler.transform(features) / np.sqrt(sizes)


@dataclass(frozen=True)
class CrossJudges:
    """Judges of which each has not seen one share of the recordings.

    Args:
        fold_of: Fold of each recording.
        judges: One judge a fold, fitted without that fold's recordings.
    """

    fold_of: dict[str, int]
    judges: list[Judge]

    @classmethod
    def fit(
        cls,
        blocks: Sequence[int],
        features: np.ndarray,
        kinds: Sequence[str],
        recordings: Sequence[str],
    ) -> "CrossJudges":
        """Fit one judge a fold; folds take turns within each kind.

        Args:
            blocks: As for ``Judge``.
            features: (N, D).
            kinds: Kind of each clip, (N,).
            recordings: Recording of each clip, (N,).

        Returns:
            The judges.

        Raises:
            ValueError: If a kind has fewer than two recordings, so that a judge
                without one of them would not know the kind.
        """
        kind_of = dict(zip(recordings, kinds))
        ordered = sorted(kind_of, key=lambda recording: (kind_of[recording], recording))
        few = [k for k, n in _counts(kind_of.values()).items() if n < 2]
        if few:
            raise ValueError(
                f"kind {', '.join(few)} has one recording; at least two of each kind "
                "are needed to judge a recording by the others"
            )
        folds = min(FOLDS, len(ordered))
        fold_of = {recording: i % folds for i, recording in enumerate(ordered)}
        fold = np.array([fold_of[recording] for recording in recordings])
        names = np.asarray(kinds)
        judges = [
            Judge(blocks).fit(features[fold != f], names[fold != f])
            for f in range(folds)
        ]
        return cls(fold_of, judges)

    def predict(self, features: np.ndarray, recordings: Sequence[str]) -> np.ndarray:
        """Judge each clip by the judge that has not seen its recording.

        Args:
            features: (N, D).
            recordings: Recording that each clip stems from, (N,).

        Returns:
            Names of kinds, (N,).

        Raises:
            ValueError: If a recording was in no fold.
        """
        unknown = sorted(set(recordings) - set(self.fold_of))
        if unknown:
            raise ValueError(f"recording {unknown[0]} was not among the judges' own")
        fold = np.array([self.fold_of[recording] for recording in recordings])
        answers = np.stack([judge.predict(features) for judge in self.judges])
        return answers[fold, np.arange(len(fold))]


def macro_accuracy(kinds: Sequence[str], judged: Sequence[str]) -> float:
    """Return the mean over kinds of the share judged right.

    Args:
        kinds: True kind of each clip, (N,).
        judged: Judged kind, (N,).

    Returns:
        Between 0 and 1.
    """
    right = np.asarray(kinds) == np.asarray(judged)
    return float(np.mean([right[rows].mean() for rows in group_rows(kinds).values()]))


def estimate_accuracy(
    kinds: Sequence[str],
    judged: Sequence[str],
    recordings: Sequence[str],
    draws: int = 1000,
    seed: int = 0,
) -> Estimate:
    """Estimate the macro-averaged accuracy.

    The interval draws recordings with replacement within each kind, all clips of a
    recording together (captions and seeds of one recording are not independent).

    Args:
        kinds: True kind of each clip, (N,).
        judged: Judged kind, (N,).
        recordings: Recording that each clip stems from or answers, (N,).
        draws: Number of bootstrap draws.
        seed: Seed of the draws.

    Returns:
        The accuracy with its interval.

    Raises:
        ValueError: If the three differ in length or are empty.
    """
    if not len(kinds) == len(judged) == len(recordings) or not len(kinds):
        raise ValueError("kinds, judged and recordings need one entry a clip")
    right = (np.asarray(kinds) == np.asarray(judged)).astype(np.float64)
    rng = np.random.default_rng(seed)
    total = np.zeros(draws)
    by_kind = group_rows(kinds)
    for rows in by_kind.values():
        clusters = list(group_rows([recordings[r] for r in rows]).values())
        sums = np.array([right[rows[c]].sum() for c in clusters])
        counts = np.array([len(c) for c in clusters])
        even = np.full(len(clusters), 1 / len(clusters))
        times = rng.multinomial(len(clusters), even, size=draws)
        total += (times @ sums) / (times @ counts)
    low, high = np.percentile(total / len(by_kind), MIDDLE)
    value = macro_accuracy(kinds, judged)
    return Estimate(value, float(low), float(high), len(kinds))


def estimate_shuffled(
    kinds: Sequence[str], judged: Sequence[str], draws: int = 200, seed: int = 0
) -> Estimate:
    """Estimate the accuracy against captions dealt out anew.

    Args:
        kinds: True kind of each clip, (N,).
        judged: Judged kind, (N,).
        draws: Number of shuffles.
        seed: Seed of the shuffles.

    Returns:
        Mean over shuffles, and the middle 95 % of them.
    """
    rng = np.random.default_rng(seed)
    names = np.asarray(kinds)
    values = [macro_accuracy(rng.permutation(names), judged) for _ in range(draws)]
    low, high = np.percentile(values, MIDDLE)
    return Estimate(float(np.mean(values)), float(low), float(high), len(names))


def _counts(names: Sequence[str]) -> dict[str, int]:
    return {name: len(rows) for name, rows in group_rows(list(names)).items()}
