"""The sound file of every id of a wav.scp: files, segments of them, output of commands.

Segments are cut into files, and the output of commands is stored, under a digest of
their content, so that every metric and the page of a run read plain files. A segment
that was cut before is not cut again.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from espnet2.gen_audio.feats.sound_limits import UnusableSound
from espnet2.gen_audio.feats.sound_parts import Span, read_parts
from espnet2.gen_audio.files.atomic_file import atomic_path
from espnet2.gen_audio.kaldi.data_dir import read_scp
from espnet2.gen_audio.kaldi.segments import Segment, read_segment
from espnet2.gen_audio.kaldi.sound_command import is_command, run_sound_command
from espnet2.gen_audio.metrics.encoders.encoding import file_digest


@dataclass(frozen=True)
class SoundFiles:
    """Finds the sounds of tables.

    Args:
        store: Folder for segments and for the output of commands.
        runs_commands: Whether entries that are commands (``... |``) are run.
    """

    store: Path
    runs_commands: bool = False

    def ids_of(self, scp: Path) -> list[str]:
        """Return the ids of a table: those of ``segments`` beside it, or its own.

        Args:
            scp: wav.scp.

        Returns:
            The ids in the order of the file.

        Raises:
            ValueError: If there is no id.
        """
        table = scp.parent / "segments"
        ids = list(read_scp(table if table.is_file() else scp))
        if not ids:
            raise ValueError(f"{scp} names no sound file; write '<id> <path>' lines")
        return ids

    def of(self, scp: Path, ids: Collection[str]) -> dict[str, Path]:
        """Return the sound files of some ids.

        Args:
            scp: wav.scp; ``segments`` beside it are read.
            ids: Ids among those of the table.

        Returns:
            File of each id, in their order.

        Raises:
            ValueError: If a file is not there, a segment is none, or a command is not
                to be run.
        """
        entries = {key: entry for key, entry in read_scp(scp).items() if entry}
        table = scp.parent / "segments"
        if not table.is_file():
            return {key: self._file(scp, key, entries.get(key, "")) for key in ids}
        lines = read_scp(table)
        segments = {key: read_segment(key, lines[key], str(table)) for key in ids}
        files = {}
        for key, segment in segments.items():
            if segment.recording not in entries:
                raise ValueError(
                    f"{table}: {key} names {segment.recording}, which {scp} lacks"
                )
            files.setdefault(segment.recording, {})[key] = segment
        cut: dict[str, Path] = {}
        for recording, parts in files.items():
            cut |= self._cut(self._file(scp, recording, entries[recording]), parts)
        return {key: cut[key] for key in ids}

    def _file(self, scp: Path, key: str, entry: str) -> Path:
        if not is_command(entry):
            if not entry or not Path(entry).is_file():
                raise ValueError(
                    f"{scp}: the sound of {key} is {entry or 'not named'}, which is "
                    "not there; give the path of a sound file"
                )
            return Path(entry)
        if not self.runs_commands:
            raise ValueError(
                f"{scp}: the sound of {key} is a command ({entry}); add --run_pipes "
                "if its programs may be run"
            )
        with atomic_path(self.store / f"{_name(entry)}.output") as path:
            try:
                run_sound_command(entry, path)
            except ValueError as error:
                raise ValueError(f"{scp}, {key}: {error}") from error
        return self.store / f"{_name(entry)}.output"

    def _cut(self, path: Path, segments: Mapping[str, Segment]) -> dict[str, Path]:
        """Return the files of segments of one recording, cut where they are new."""
        import soundfile

        digest, files = file_digest(path), {}
        spans: dict[str, Span] = {}
        for key, segment in segments.items():
            name = _name(f"{digest} {segment.start!r} {segment.end!r}")
            files[key] = self.store / f"{name}.wav"
            if not files[key].is_file():
                spans[key] = segment.start, segment.end
        for key, sound in read_parts(path, spans) if spans else ():
            if isinstance(sound, UnusableSound):
                raise ValueError(f"{path}, segment {key}: {sound}") from sound
            with atomic_path(files[key], flush=False) as file:
                soundfile.write(file, sound.wave, sound.rate, subtype="FLOAT")
        return files


def _name(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
