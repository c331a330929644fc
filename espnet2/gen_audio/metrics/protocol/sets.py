"""The generated and the reference sounds of one run: names, ids, captions.

Everything that can be refused without reading a sound is refused here.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from espnet2.gen_audio.kaldi.data_dir import read_scp, sort_ids
from espnet2.gen_audio.metrics.evaluation.sound_set import (
    SoundSet,
    read_wavs,
    require_same_ids,
)
from espnet2.gen_audio.metrics.evaluation.systems import Systems, systems_of


@dataclass(frozen=True)
class ScoredSets:
    """The generated sets and the recordings of a run.

    Args:
        reference: The recordings, ids sorted.
        systems: wav.scp of each system and generation seed.
        wavs: Sound files of each system and seed, in the order of the reference.
        captions_sha256: Digest of the list of captions; None without captions.
    """

    reference: SoundSet
    systems: Systems
    wavs: dict[str, dict[str, dict[str, Path]]]
    captions_sha256: str | None

    @classmethod
    def read(
        cls, generated: Sequence[str], reference: Path, text: Path | None
    ) -> "ScoredSets":
        """Read the tables of a run.

        Args:
            generated: ``[name[@seed]=]wav.scp`` of each generated set.
            reference: wav.scp of the recordings.
            text: Captions in Kaldi's form, or None.

        Returns:
            The sets, ids checked.

        Raises:
            ValueError: If ids are missing on a side, a sound is not there, or two sets
                have one name.
        """
        _refuse_segments(reference)
        own = read_wavs(reference)
        wavs = {clip: own[clip] for clip in sort_ids(own)}
        _refuse_absent(wavs, reference)
        captions = {} if text is None else read_scp(text)
        if text is not None:
            require_same_ids(wavs, captions, str(reference), str(text))
        recordings = _recordings_of(wavs, reference)
        test = SoundSet(reference.parent, wavs, captions, {}, recordings)
        systems = systems_of([], [_named(one) for one in generated], "")
        found: dict[str, dict[str, dict[str, Path]]] = {}
        for name, seeds in systems.items():
            found[name] = {}
            for seed, scp in seeds.items():
                _refuse_segments(scp)
                made = read_wavs(scp)
                require_same_ids(wavs, made, str(reference), str(scp))
                _refuse_absent(made, scp)
                found[name][seed] = {clip: made[clip] for clip in wavs}
        return cls(test, systems, found, _digest_of(captions))


def _named(text: str) -> str:
    """Name a set without a name after the folder of its wav.scp."""
    if "=" in text:
        return text
    name = Path(text).resolve().parent.name
    return f"{name.replace('@', '_') or 'generated'}={text}"


def _recordings_of(wavs: dict[str, Path], reference: Path) -> dict[str, str]:
    """Return the recording of each id, from utt2recording beside wav.scp if given."""
    table = reference.parent / "utt2recording"
    named = read_scp(table) if table.is_file() else {}
    return {clip: named.get(clip, clip) for clip in wavs}


def _refuse_segments(scp: Path) -> None:
    if (scp.parent / "segments").exists():
        raise ValueError(
            f"{scp} has a file of segments beside it, which is not read here; cut the "
            "recordings with bin.format_audio first"
        )


def _refuse_absent(wavs: dict[str, Path], scp: Path) -> None:
    for clip, path in wavs.items():
        if not path.is_file():
            raise ValueError(
                f"{scp}: the sound of {clip} is {path}, which is not there; give paths "
                "of sound files (pipes are not run)"
            )


def _digest_of(captions: dict[str, str]) -> str | None:
    """Return the SHA-256 of the captions as sorted '<id> <caption>' lines."""
    if not captions:
        return None
    lines = "".join(f"{clip} {captions[clip]}\n" for clip in sorted(captions))
    return hashlib.sha256(lines.encode()).hexdigest()
