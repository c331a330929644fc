"""Lines of Kaldi's ``segments``: ``<id> <recording> <start> <end>``, in seconds."""

from dataclasses import dataclass

from espnet2.gen_audio.files.plain_number import finite_number


@dataclass(frozen=True)
class Segment:
    """A part of a recording.

    Args:
        recording: Id of the recording in wav.scp.
        start: Where it begins, in seconds.
        end: Where it ends, in seconds; None is the end of the recording.
    """

    recording: str
    start: float
    end: float | None


def read_segment(key: str, line: str, where: str) -> Segment:
    """Read one line.

    Args:
        key: Id of the segment.
        line: The rest of its line.
        where: Name of the file for the message.

    Returns:
        The segment; an end below zero, as ESPnet writes it, is that of the recording.

    Raises:
        ValueError: If the line has another form.
    """
    try:
        recording, first, last = line.split()
        start, end = finite_number(first), finite_number(last)
    except ValueError:
        raise ValueError(
            f"{where}: {key} must read '<recording> <start> <end>', not {line!r}"
        ) from None
    return Segment(recording, start, None if end < 0 else end)
