"""The share of one job of an array in the features of an evaluation.

Each job computes the features of its clips and stores them; the run after them finds
all of them stored, and its scores are those of a run without jobs.
"""

from collections.abc import Callable, Sequence

from espnet2.gen_audio.metrics.encoders.clip_features import FeatureReader
from espnet2.gen_audio.metrics.evaluation.baselines import white_noise
from espnet2.gen_audio.metrics.evaluation.recordings import RecordingFiles
from espnet2.gen_audio.metrics.evaluation.sound_set import read_wavs
from espnet2.gen_audio.metrics.evaluation.systems import Systems


def compute_share(
    files: RecordingFiles,
    systems: Systems,
    reader: FeatureReader,
    share: Callable[[Sequence[str]], list[str]],
    seed: int,
) -> None:
    """Compute and store the features of one job's clips.

    Args:
        files: Recordings and reconstructions.
        systems: wav.scp of each system and seed.
        reader: Computes features.
        share: Returns those ids of a set that are the job's.
        seed: Seed of the noise.
    """
    sets = [*files.raw.values(), *files.rebuilt.values()]
    sets += [read_wavs(scp) for seeds in systems.values() for scp in seeds.values()]
    for wavs in sets:
        own = {clip: wavs[clip] for clip in share(list(wavs))}
        if own:
            reader.read(own, "clips of this job")
    ids = share(files.sets["test"].ids)
    if ids:
        noise = white_noise(ids, reader.geometry.samples, seed)
        reader.from_waveforms(noise, "noise of this job")
    reader.save()
