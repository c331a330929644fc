"""The recordings of one scoring run: as they are, and passed through VAE and vocoder.

From them come the judges, what copying is measured against, and the first two rows of
the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from espnet2.gen_audio.metrics.clip_features import ClipFeatures, FeatureReader
from espnet2.gen_audio.metrics.copying import nearest
from espnet2.gen_audio.metrics.judges import Judges, Labelled
from espnet2.gen_audio.metrics.mel_distance import mel_distance
from espnet2.gen_audio.metrics.rows import Answers, Row, Scene, distances_to
from espnet2.gen_audio.metrics.sound_set import SoundSet, read_sound_set, read_wavs

MEL_BATCH = 32


@dataclass(frozen=True)
class Recordings:
    """Recordings and reconstructions of the sets ``test``, ``train`` and ``valid``.

    Args:
        sets: Tables of each data folder that is given; ``test`` always is.
        raw: Features of the recordings of ``test`` and, if given, ``train``.
        rebuilt: Features of the reconstructions that are given.
        rebuilt_wavs: Sound file of each reconstruction.
    """

    sets: dict[str, SoundSet]
    raw: dict[str, ClipFeatures]
    rebuilt: dict[str, ClipFeatures]
    rebuilt_wavs: dict[str, dict[str, Path]]

    @classmethod
    def read(
        cls,
        folders: Mapping[str, Path | None],
        rebuilt_folders: Mapping[str, Path | None],
        copies: int,
        reader: FeatureReader,
    ) -> "Recordings":
        """Read all that is given.

        Args:
            folders: Data folder of each set; None where there is none.
            rebuilt_folders: Folder of its reconstructions, likewise.
            copies: Clips read of one training recording, unless reconstructions
                say which.
            reader: Computes features.

        Returns:
            The recordings.
        """
        sets = {n: read_sound_set(f) for n, f in folders.items() if f is not None}
        _refuse_unlearnt_kinds(sets)
        rebuilt_wavs = {
            name: _rebuilt_wavs(folder, sets[name])
            for name, folder in rebuilt_folders.items()
            if folder is not None and name in sets
        }
        test, raw = sets["test"], {}
        raw["test"] = reader.read(test.wavs, "test recordings")
        if "train" in sets:
            train = sets["train"]
            ids = rebuilt_wavs.get("train") or train.some_of_each(copies)
            wavs = {clip: train.wavs[clip] for clip in ids}
            raw["train"] = reader.read(wavs, "training recordings")
        rebuilt = {
            name: reader.read(wavs, f"{name} reconstructions")
            for name, wavs in rebuilt_wavs.items()
        }
        return cls(sets, raw, rebuilt, rebuilt_wavs)

    @property
    def test(self) -> SoundSet:
        """The test set."""
        return self.sets["test"]

    def scene(self, blocks: tuple[int, int], draws: int, seed: int) -> Scene:
        """Return what rows are scored against.

        Args:
            blocks: Sizes of the two blocks of features.
            draws: Draws of each interval.
            seed: Seed of the draws.

        Returns:
            The scene, judges fitted.
        """
        once = self.test.one_a_recording()
        # copying compares within one channel: both rebuilt, or both raw
        channel = self.rebuilt if {"test", "train"} <= set(self.rebuilt) else self.raw
        train = channel.get("train")
        strangers = None
        if train is not None:
            own = channel["test"].select(once)
            strangers = nearest(own.embedding, train.embedding).distance
        return Scene(
            test=self.test,
            reference=self.raw["test"].select(once),
            judges=self._judges(blocks),
            train=train,
            strangers=strangers,
            draws=draws,
            seed=seed,
        )

    def _judges(self, blocks: tuple[int, int]) -> Judges:
        judges = Judges(blocks)
        if not self.test.kinds:
            return judges
        heldout = self._labelled("test", self.rebuilt)
        more = self._labelled("valid", self.rebuilt)
        if heldout is not None and more is not None:
            heldout = heldout.join(more)
        judges.add("judge_train", self._labelled("train", self.rebuilt))
        judges.add("judge_heldout", heldout, heldout=True)
        judges.add("judge_raw", self._labelled("train", self.raw))
        return judges

    def _labelled(self, name: str, channel: dict[str, ClipFeatures]) -> Labelled | None:
        if name not in channel or not self.sets[name].kinds:
            return None
        sounds, wanted = self.sets[name], set(self.test.kinds.values())
        return Labelled.of(channel[name], sounds.kinds, sounds.recordings, wanted)

    def answers(self, reader: FeatureReader) -> list[Answers]:
        """Return the rows of the recordings and of their reconstructions.

        Args:
            reader: Computes mel distances.

        Returns:
            One or two rows.
        """
        rows = [Answers.of("recordings", {"": self.raw["test"]}, self.test, own=True)]
        if "test" in self.rebuilt:
            name, wavs = "reconstructions", {"": self.rebuilt_wavs["test"]}
            rows.append(read_answers(name, wavs, self.test, reader, own=True))
        return rows

    def set_floor(self, row: Row, scene: Scene) -> None:
        """Give the row of the test recordings its distance: to those of training.

        Args:
            row: The row of the recordings; changed.
            scene: Holds the reference.
        """
        for key in ("kernel_distance", "frechet_distance", "copying"):
            row.pop(key, None)  # of a set to itself: says nothing
        if "train" in self.raw:
            train = self.sets["train"]
            once = self.raw["train"].select(
                train.one_a_recording(self.raw["train"].ids)
            )
            groups = [f"train/{train.recordings[clip]}" for clip in once.ids]
            row.update(distances_to(scene, {"": once.embedding}, groups))


def read_answers(
    name: str,
    by_seed: Mapping[str, Mapping[str, Path]],
    test: SoundSet,
    reader: FeatureReader,
    own: bool,
) -> Answers:
    """Read one system's clips; those made from recordings get a mel distance too.

    Args:
        name: Name of the system.
        by_seed: Sound files of each seed.
        test: The test set.
        reader: Computes features.
        own: Whether the clips were made from the test recordings themselves.

    Returns:
        The answers, ids checked.
    """
    features = {
        seed: reader.read(wavs, " ".join([name, seed]).strip())
        for seed, wavs in by_seed.items()
    }
    answers = Answers.of(name, features, test, own)
    if not own:
        return answers
    mel_l1 = {}
    for seed, wavs in by_seed.items():
        values = []
        for first in range(0, len(test.ids), MEL_BATCH):
            ids = test.ids[first : first + MEL_BATCH]
            clips = reader.log_mel([wavs[clip] for clip in ids])
            originals = reader.log_mel([test.wavs[clip] for clip in ids])
            values.append(mel_distance(clips, originals).l1.numpy())
        mel_l1[seed] = np.concatenate(values)
    return Answers.of(name, features, test, own, mel_l1)


def _rebuilt_wavs(folder: Path, sounds: SoundSet) -> dict[str, Path]:
    wavs = read_wavs(folder / "wav.scp")
    strangers = [clip for clip in wavs if clip not in sounds.wavs]
    if strangers:
        raise ValueError(
            f"{folder} holds {strangers[0]}, which is not in {sounds.folder}; make it "
            "again from that folder"
        )
    return wavs


def _refuse_unlearnt_kinds(sets: dict[str, SoundSet]) -> None:
    if "train" not in sets or not sets["train"].kinds:
        return
    kinds = set(sets["test"].kinds.values()) - set(sets["train"].kinds.values())
    if kinds:
        raise ValueError(
            f"kind {', '.join(sorted(kinds))} of {sets['test'].folder}/utt2label has "
            f"no clip in {sets['train'].folder}/utt2label; label some, or take it out"
        )
