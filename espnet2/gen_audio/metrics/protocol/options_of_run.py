"""What a run on anybody's sounds may be told beside its sets and its protocol."""

from dataclasses import dataclass
from pathlib import Path

from espnet2.gen_audio.metrics.protocol.sets import Part


@dataclass(frozen=True)
class SpeechModels:
    """Recognisers of speech.

    Args:
        whisper: Folder of a Whisper for CTranslate2; None for the packaged one.
        asr_model: Folder of an ESPnet ASR model; None for none.
    """

    whisper: Path | None = None
    asr_model: Path | None = None


@dataclass(frozen=True)
class RunOptions:
    """Options of one run.

    Args:
        output_dir: Folder for the results and the stored features.
        draws: Number of bootstrap draws per interval.
        seed: Seed of the bootstrap and of the row of noise.
        num_threads: Number of clips computed in parallel.
        part: The share of the clips that this job encodes, without scores; None for
            a run that scores all.
    """

    output_dir: Path
    draws: int = 1000
    seed: int = 0
    num_threads: int = 1
    part: Part | None = None
