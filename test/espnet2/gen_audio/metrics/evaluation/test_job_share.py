"""The share of a job: every clip of every set belongs to one job."""

from pathlib import Path

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.metrics.evaluation.job_share import compute_share
from espnet2.gen_audio.metrics.evaluation.recordings import RecordingFiles
from espnet2.gen_audio.metrics.evaluation.sound_set import SoundSet


class Noting:
    """Stands in for the reader of features: notes what it is asked for."""

    geometry = ClipGeometry(seconds=0.64)

    def __init__(self):
        self.read_clips, self.made, self.saved = [], [], False

    def read(self, wavs, what):
        self.read_clips += map(str, wavs.values())

    def from_waveforms(self, waves, what):
        self.made += waves

    def save(self):
        self.saved = True


def test_two_jobs_share_the_clips_of_all_sets_and_the_noise(tmp_path):
    wavs = {f"c{n}": Path(f"r{n}") for n in range(3)}
    test = SoundSet(Path("test"), wavs, {}, {}, {})
    files = RecordingFiles({"test": test}, {"test": wavs}, {"test": {"c1": Path("v1")}})
    scp = tmp_path / "wav.scp"
    scp.write_text("".join(f"c{n} g{n}\n" for n in range(3)))
    jobs = [Noting(), Noting()]
    for first, job in enumerate(jobs):
        compute_share(files, {"ours": {"": scp}}, job, lambda ids: ids[first::2], 0)
    assert jobs[0].read_clips == ["r0", "r2", "v1", "g0", "g2"] and jobs[0].saved
    assert jobs[1].read_clips == ["r1", "g1"] and jobs[1].made == ["c1"]
    assert jobs[0].made == ["c0", "c2"]
