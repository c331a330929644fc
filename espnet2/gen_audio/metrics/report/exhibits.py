"""Clips on the page of a run: sounds and spectrograms, stored in the page itself.

The page has the ids whose clips are the worst in the first generated set, by its first
metric of clips, and shows these ids in all sets. Without such a metric, the ids are
spread evenly over the set.
"""

import base64
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from espnet2.gen_audio.feats.sound_parts import read_part
from espnet2.gen_audio.metrics.protocol.run import SetScores
from espnet2.gen_audio.metrics.report.score_page import Exhibit

MOST = 20  # largest number of ids on a page
SECONDS = 30.0  # largest length of a sound in the page
N_FFT, HOPS = 1024, 240  # samples of a window, columns of a picture
RANGE_DB = 80.0


def exhibits_of(found: SetScores) -> list[Exhibit]:
    """Return the clips that the page of a run shows.

    Args:
        found: Results of the run.

    Returns:
        The first seed of every set, for at most ``MOST`` ids.
    """
    ids = list(found.wavs["recordings"][""])
    generated = [name for name in found.wavs if name != "recordings"]
    chosen = worst_ids(found.scores, found.records, generated[:1], ids)
    return [
        _exhibit(system, clip, found.captions.get(clip, ""), wavs[clip])
        for clip in chosen
        for system, seeds in found.wavs.items()
        for wavs in list(seeds.values())[:1]
    ]


def worst_ids(
    scores: Mapping[str, Any],
    records: Sequence[Mapping[str, Any]],
    systems: Iterable[str],
    ids: Sequence[str],
) -> list[str]:
    """Return the ids of the worst clips, worst first.

    Args:
        scores: Content of scores.json.
        records: One record a clip.
        systems: Names of the systems that count.
        ids: All ids.

    Returns:
        At most ``MOST`` ids.
    """
    wanted = set(systems)
    counts = Counter(k for one in records if one["system"] in wanted for k in one)
    for metric in scores["metrics"]:
        key, direction = metric["key"], metric["direction"]
        if direction != "neither" and 0 < counts[key] == counts["id"]:
            worst: dict[str, float] = {}
            for one in records:
                if one["system"] in wanted:
                    badness = one[key] if direction == "lower" else -one[key]
                    worst[one["id"]] = max(badness, worst.get(one["id"], badness))
            return sorted(worst, key=lambda clip: (-worst[clip], clip))[:MOST]
    rows = np.linspace(0, len(ids) - 1, min(MOST, len(ids))).astype(int)
    return [ids[row] for row in rows]


def spectrogram(wave: np.ndarray) -> bytes:
    """Return a magnitude spectrogram in dB as a PNG, 80 dB below its peak.

    Args:
        wave: Samples, (T,).

    Returns:
        The picture, low frequencies below.
    """
    import torch
    from matplotlib.image import imsave

    hop = max(1, len(wave) // HOPS)
    padded = torch.from_numpy(np.pad(wave, (0, N_FFT)).astype(np.float32))
    frames = padded.unfold(0, N_FFT, hop) * torch.hann_window(N_FFT)
    power = torch.fft.rfft(frames).abs().square().T.clamp_min(1e-12)
    level = 10 * torch.log10(power).reshape(-1, power.shape[1])[:-1]
    level = level.unfold(0, 4, 4).mean(-1).numpy()  # 128 rows
    picture, peak = io.BytesIO(), float(level.max())
    shown = np.clip(level, peak - RANGE_DB, peak)
    imsave(picture, shown, cmap="magma", origin="lower", format="png")
    return picture.getvalue()


def _exhibit(system: str, clip: str, caption: str, path: Path) -> Exhibit:
    import soundfile

    sound = read_part(path, None, None)
    wave = sound.wave[: round(SECONDS * sound.rate)]
    file = io.BytesIO()
    within = np.clip(wave, -1, 1)
    soundfile.write(file, within, sound.rate, format="FLAC", subtype="PCM_16")
    return Exhibit(
        system,
        clip,
        caption,
        _address("audio/flac", file.getvalue()),
        _address("image/png", spectrogram(wave)),
    )


def _address(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
