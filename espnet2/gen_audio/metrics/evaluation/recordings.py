"""The recordings of one evaluation: raw, and reconstructed by VAE and vocoder.

They are used to fit the classifier probes, as references for the metric of copying, and
for the first two rows of the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from espnet2.gen_audio.metrics.encoders.clip_features import (
    ClipFeatures,
    FeatureReader,
)
from espnet2.gen_audio.metrics.evaluation.context import (
    EvaluationContext,
    SeedSamples,
    SystemOutputs,
    Wavs,
)
from espnet2.gen_audio.metrics.evaluation.probe_set import Labelled, ProbeSet
from espnet2.gen_audio.metrics.evaluation.sound_set import (
    SoundSet,
    read_sound_set,
    read_wavs,
)
from espnet2.gen_audio.metrics.functional.copying import nearest


@dataclass(frozen=True)
class RecordingFiles:
    """The sound files of the recordings and reconstructions that an evaluation reads.

    Args:
        sets: Tables of each data folder that is given.
        raw: Sound file of each recording of ``test`` and, if given, ``train``.
        rebuilt: Sound file of each reconstruction, by set.
    """

    sets: dict[str, SoundSet]
    raw: dict[str, Wavs]
    rebuilt: dict[str, Wavs]

    @classmethod
    def of(
        cls,
        folders: Mapping[str, Path | None],
        rebuilt_folders: Mapping[str, Path | None],
        copies: int,
    ) -> "RecordingFiles":
        """Read the tables; see ``Recordings.read`` for the arguments."""
        sets = {n: read_sound_set(f) for n, f in folders.items() if f is not None}
        _refuse_unknown_classes(sets)
        rebuilt = {
            name: _rebuilt_wavs(folder, sets[name])
            for name, folder in rebuilt_folders.items()
            if folder is not None and name in sets
        }
        raw: dict[str, Wavs] = {"test": sets["test"].wavs}
        if "train" in sets:
            train = sets["train"]
            ids = rebuilt.get("train") or train.some_of_each(copies)
            raw["train"] = {clip: train.wavs[clip] for clip in ids}
        return cls(sets, raw, rebuilt)


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
    rebuilt_wavs: dict[str, Wavs]

    @classmethod
    def read(
        cls,
        folders: Mapping[str, Path | None],
        rebuilt_folders: Mapping[str, Path | None],
        copies: int,
        reader: FeatureReader,
    ) -> "Recordings":
        """Read all recordings and reconstructions that are given.

        Args:
            folders: Data folder of each set; None if the set is not given.
            rebuilt_folders: Folder of the reconstructions of each set; None if not
                given.
            copies: Number of clips to read of each training recording. If there are
                reconstructions, the clips that were reconstructed are read instead.
            reader: Computes features.

        Returns:
            The recordings.
        """
        files = RecordingFiles.of(folders, rebuilt_folders, copies)
        raw = {n: reader.read(w, f"{n} recordings") for n, w in files.raw.items()}
        rebuilt = {
            name: reader.read(wavs, f"{name} reconstructions")
            for name, wavs in files.rebuilt.items()
        }
        return cls(files.sets, raw, rebuilt, files.rebuilt)

    @property
    def test(self) -> SoundSet:
        """The test set."""
        return self.sets["test"]

    def context(
        self, reader: FeatureReader, draws: int, seed: int
    ) -> EvaluationContext:
        """Return the evaluation context.

        Args:
            reader: Reads and preprocesses sound files.
            draws: Bootstrap samples of each interval.
            seed: Seed of the bootstrap.

        Returns:
            The context, probes fitted.
        """
        ids = self.test.one_a_recording()
        # copying compares clips of one form: both reconstructed, or both raw
        version = self.rebuilt if {"test", "train"} <= set(self.rebuilt) else self.raw
        train = version.get("train")
        distances = None
        if train is not None:
            test_clips = version["test"].select(ids)
            distances = nearest(test_clips.embedding, train.embedding).distance
        return EvaluationContext(
            test=self.test,
            reference=self.raw["test"].select(ids),
            probes=self._probes(reader.blocks),
            reader=reader,
            train=train,
            heldout_distances=distances,
            other_recordings=self._one_a_training_recording(),
            draws=draws,
            seed=seed,
        )

    def outputs(self, reader: FeatureReader) -> list[SystemOutputs]:
        """Return the rows of the recordings and of their reconstructions.

        Args:
            reader: Computes features.

        Returns:
            One or two rows.
        """
        rows = [
            SystemOutputs.of(
                "recordings",
                {"": self.raw["test"]},
                self.test,
                wavs={"": self.test.wavs},
                paired=True,
                is_reference=True,
            )
        ]
        if "test" in self.rebuilt:
            name, wavs = "reconstructions", {"": self.rebuilt_wavs["test"]}
            rows.append(SystemOutputs.read(name, wavs, self.test, reader, paired=True))
        return rows

    def _probes(self, blocks: tuple[int, int]) -> ProbeSet:
        probes = ProbeSet(blocks)
        if not self.test.classes:
            return probes
        heldout = self._labelled("test", self.rebuilt)
        more = self._labelled("valid", self.rebuilt)
        if heldout is not None and more is not None:
            heldout = heldout.join(more)
        probes.add("probe_train", self._labelled("train", self.rebuilt))
        probes.add("probe_heldout", heldout, heldout=True)
        probes.add("probe_raw", self._labelled("train", self.raw))
        return probes

    def _labelled(self, name: str, version: dict[str, ClipFeatures]) -> Labelled | None:
        if name not in version or not self.sets[name].classes:
            return None
        sounds, wanted = self.sets[name], set(self.test.classes.values())
        return Labelled.of(version[name], sounds.classes, sounds.recordings, wanted)

    def _one_a_training_recording(self) -> SeedSamples | None:
        """Return one clip of each training recording."""
        if "train" not in self.raw:
            return None
        train = self.sets["train"]
        once = self.raw["train"].select(train.one_a_recording(self.raw["train"].ids))
        groups = [f"train/{train.recordings[clip]}" for clip in once.ids]
        return SeedSamples({"": once.embedding}, groups)


def _rebuilt_wavs(folder: Path, sounds: SoundSet) -> dict[str, Path]:
    wavs = read_wavs(folder / "wav.scp")
    unknown = [clip for clip in wavs if clip not in sounds.wavs]
    if unknown:
        raise ValueError(
            f"{folder} holds {unknown[0]}, which is not in {sounds.folder}; make it "
            "again from that folder"
        )
    return wavs


def _refuse_unknown_classes(sets: dict[str, SoundSet]) -> None:
    if "train" not in sets or not sets["train"].classes:
        return
    unknown = set(sets["test"].classes.values()) - set(sets["train"].classes.values())
    if unknown:
        raise ValueError(
            f"class {', '.join(sorted(unknown))} of {sets['test'].folder}/utt2label "
            f"has no clip in {sets['train'].folder}/utt2label; label some, or take it "
            "out"
        )
