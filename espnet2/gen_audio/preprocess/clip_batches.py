"""Read the clips of a data folder in batches, preprocessed as in validation.

Shapes: B clips, S samples of a clip.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import torch

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.feats.waveform import read_waveform
from espnet2.gen_audio.kaldi.data_dir import read_scp
from espnet2.gen_audio.preprocess.clip_preprocessor import ClipPreprocessor


def choose_clips(data_dir: Path, key_file: Path | None = None) -> dict[str, str]:
    """Return the sound file of every clip of a job.

    Args:
        data_dir: Data folder.
        key_file: Ids to keep, in the first column; all if None.

    Returns:
        Paths by id, in the order of the ids.

    Raises:
        ValueError: If an id is not in the data folder, or there is no clip.
    """
    clips = read_scp(data_dir / "wav.scp")
    if key_file is not None:
        keys = list(read_scp(key_file))
        unknown = [key for key in keys if key not in clips]
        if unknown:
            raise ValueError(
                f"{key_file} names {unknown[0]} and {len(unknown) - 1} more that "
                f"{data_dir / 'wav.scp'} does not have; split the ids of this wav.scp"
            )
        clips = {key: clips[key] for key in keys}
    if not clips:
        raise ValueError(f"{key_file or data_dir / 'wav.scp'} names no clip")
    return clips


def read_batches(
    clips: Mapping[str, str], geometry: ClipGeometry, batch_size: int
) -> Iterator[tuple[list[str], torch.Tensor]]:
    """Read the beginning of each clip, with normalised level, padded.

    Args:
        clips: Paths by id.
        geometry: Length and rate of a clip.
        batch_size: Clips per batch.

    Yields:
        Ids and audio, (B, S).
    """
    ready = ClipPreprocessor(False, geometry)
    ids = list(clips)
    for first in range(0, len(ids), batch_size):
        names = ids[first : first + batch_size]
        waves = [
            ready(name, {"audio": read_waveform(clips[name], geometry.sample_rate)})
            for name in names
        ]
        yield names, torch.from_numpy(np.stack([wave["audio"] for wave in waves]))
