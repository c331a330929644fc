"""The generated and the reference sounds of one run: names, ids, captions.

Everything that can be refused without reading a sound is refused here.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from espnet2.gen_audio.kaldi.data_dir import read_scp, sort_ids
from espnet2.gen_audio.metrics.evaluation.sound_set import SoundSet, require_same_ids
from espnet2.gen_audio.metrics.evaluation.systems import Systems, systems_of
from espnet2.gen_audio.metrics.protocol.sound_files import SoundFiles


@dataclass(frozen=True)
class SetTables:
    """The tables of a run.

    Args:
        generated: ``[name[@seed]=]wav.scp`` of each generated set.
        reference: wav.scp of the recordings.
        text: Captions in Kaldi's form, or None.
        transcript: What is said, in Kaldi's form, or None.
    """

    generated: Sequence[str]
    reference: Path
    text: Path | None = None
    transcript: Path | None = None


@dataclass(frozen=True)
class Part:
    """The share of one job in an array of jobs.

    Args:
        number: Number of the job, from 1.
        count: Number of jobs.
    """

    number: int = 1
    count: int = 1

    @classmethod
    def of(cls, text: str) -> "Part":
        """Read ``<job>/<jobs>``.

        Args:
            text: For example ``2/4``.

        Returns:
            The part.

        Raises:
            ValueError: If it has another form.
        """
        number, _, count = text.partition("/")
        if number.isdecimal() and count.isdecimal():
            part = cls(int(number), int(count))
            if 1 <= part.number <= part.count:
                return part
        raise ValueError(f"--part {text!r} is not <job>/<jobs>, for example 2/4")

    def ids(self, ids: Sequence[str]) -> list[str]:
        """Return the ids of this job; those of all jobs together are all ids."""
        return list(ids[self.number - 1 :: self.count])


@dataclass(frozen=True)
class ScoredSets:
    """The generated sets and the recordings of a run.

    Args:
        reference: The recordings, ids sorted.
        systems: wav.scp of each system and generation seed.
        wavs: Sound files of each system and seed, in the order of the reference.
        captions_sha256: Digest of the list of captions; None without captions.
        transcripts: Transcript of each id; empty if there are none.
        speakers: Speaker of each id, from utt2spk beside the reference; may be empty.
    """

    reference: SoundSet
    systems: Systems
    wavs: dict[str, dict[str, dict[str, Path]]]
    captions_sha256: str | None
    transcripts: dict[str, str] = field(default_factory=dict)
    speakers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(
        cls,
        tables: SetTables,
        files: SoundFiles,
        part: Part = Part(),
    ) -> "ScoredSets":
        """Read the tables of a run.

        Args:
            tables: The tables.
            files: Finds the sound of each id.
            part: The share of the ids that is read.

        Returns:
            The sets, ids checked.

        Raises:
            ValueError: If ids are missing on a side, a sound is not there, or two sets
                have one name.
        """
        reference = tables.reference
        own = sort_ids(files.ids_of(reference))
        systems = systems_of([], [_named(one) for one in tables.generated], "")
        for seeds in systems.values():
            for scp in seeds.values():
                require_same_ids(own, files.ids_of(scp), str(reference), str(scp))
        captions = _texts(tables.text, own, reference)
        transcripts = _texts(tables.transcript, own, reference)
        ids = part.ids(own)
        wavs = files.of(reference, ids)
        test = SoundSet(
            reference.parent,
            wavs,
            {clip: captions[clip] for clip in ids if clip in captions},
            {},
            _beside(reference, "utt2recording", ids) or {clip: clip for clip in ids},
        )
        found = {
            name: {seed: files.of(scp, ids) for seed, scp in seeds.items()}
            for name, seeds in systems.items()
        }
        return cls(
            test,
            systems,
            found,
            _digest_of(captions),
            {clip: transcripts[clip] for clip in ids if clip in transcripts},
            _beside(reference, "utt2spk", ids),
        )


def _named(text: str) -> str:
    """Name a set without a name after the folder of its wav.scp."""
    if "=" in text:
        return text
    name = Path(text).resolve().parent.name
    return f"{name.replace('@', '_') or 'generated'}={text}"


def _beside(reference: Path, name: str, ids: Sequence[str]) -> dict[str, str]:
    """Return a table beside wav.scp, ids without a line under their own name."""
    table = reference.parent / name
    if not table.is_file():
        return {}
    rows = read_scp(table)
    return {clip: rows.get(clip, clip) for clip in ids}


def _texts(path: Path | None, ids: Sequence[str], reference: Path) -> dict[str, str]:
    if path is None:
        return {}
    texts = read_scp(path)
    require_same_ids(ids, texts, str(reference), str(path))
    return texts


def _digest_of(captions: dict[str, str]) -> str | None:
    """Return the SHA-256 of the captions as sorted '<id> <caption>' lines."""
    if not captions:
        return None
    lines = "".join(f"{clip} {captions[clip]}\n" for clip in sorted(captions))
    return hashlib.sha256(lines.encode()).hexdigest()
