"""The clips of a data folder of another recipe of ESPnet, as rows of a table.

There ``wav.scp`` names files or commands, by recording if there are ``segments``, and
``text`` is what a recogniser should write. Commands (``... |``) are not run.
"""

from pathlib import Path

from espnet2.gen_audio.files.clip_table import TableRow
from espnet2.gen_audio.files.plain_number import number_from_zero
from espnet2.gen_audio.kaldi.data_dir import DataFolder, read_data_dir
from espnet2.gen_audio.kaldi.segments import read_segment
from espnet2.gen_audio.kaldi.several_captions import NAME, split_captions

CAPTION = "caption"
TRANSCRIPT = "transcript"


def rows_of_folder(
    path: Path, text_is: str = CAPTION, caption: str = ""
) -> list[TableRow]:
    """Read a data folder.

    Args:
        path: Folder with ``wav.scp``; relative paths in it are relative to the folder
            that ESPnet's recipe was run in (two above ``data/<set>``), or to the
            current one.
        text_is: Whether its text holds captions or transcripts.
        caption: Caption of all clips whose text is the transcript; empty for none.

    Returns:
        A row for each utterance.

    Raises:
        ValueError: If an entry of wav.scp is a command, a line of segments is
            malformed, or an utterance has no line in text.
    """
    folder = read_data_dir(path)
    text = folder.column("text")
    rows = []
    for key in folder.utterances:
        if key not in text:
            raise ValueError(
                f"{path}/text has no line for {key}; add one, or drop the utterance "
                "with utils/fix_data_dir.sh"
            )
        audio, start, end = _place(path, folder, key)
        captions, transcript = [caption], text[key]
        if text_is == CAPTION:
            several = folder.column(NAME).get(key)
            captions = [" ".join(text[key].split())]
            captions = split_captions(several) if several is not None else captions
            transcript = ""
        speaker = folder.column("utt2spk").get(key, key)
        rows.append(
            TableRow(
                key,
                audio,
                captions[0],
                folder.column("transcript").get(key, transcript),
                start,
                end,
                "" if speaker == key else speaker,
                folder.column("utt2label").get(key, ""),
                tuple(captions[1:]),
                _weight(path, folder, key),
            )
        )
    return rows


def _weight(path: Path, folder: DataFolder, key: str) -> float:
    """Return how often training visits an utterance; 1 if the folder does not say."""
    text = folder.column("utt2weight").get(key, "1")
    weight = number_from_zero(text)
    if weight is None:
        raise ValueError(
            f"{path}/utt2weight: {text!r} is no weight of {key}; write a number from 0 "
            "up"
        )
    return weight


def _place(
    path: Path, folder: DataFolder, key: str
) -> tuple[Path, float | None, float | None]:
    """Return file, start and end of an utterance."""
    recording, start, end = key, None, None
    line = folder.column("segments").get(key)
    if line is not None:
        segment = read_segment(key, line, f"{path}/segments")
        recording, start, end = segment.recording, segment.start, segment.end
    place = folder.column("wav.scp").get(recording)
    if place is None:
        raise ValueError(f"{path}/segments: {key} names {recording}, not in wav.scp")
    if place.endswith("|"):
        raise ValueError(
            f"{path}/wav.scp: {recording} is a command ({place}), which is not run; "
            "make sound files of it with ESPnet's scripts/audio/format_wav_scp.sh"
        )
    file = path.resolve().parent.parent / place  # an absolute path stays as it is
    audio = file if file.is_file() else Path(place)
    return audio, start, end
