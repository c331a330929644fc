"""What tests of training commands share."""

import numpy as np
import pytest
import soundfile
import yaml


@pytest.fixture
def data(tmp_path, request):
    """Return a folder with four clips of noise and the CONFIG of the test's module."""
    rng = np.random.default_rng(0)
    lines, shapes = [], []
    for number in range(4):
        path = tmp_path / f"clip{number}.wav"
        soundfile.write(path, 0.1 * rng.normal(size=12000), 16000)
        lines.append(f"clip{number} {path}\n")
        shapes.append(f"clip{number} 12000\n")
    (tmp_path / "wav.scp").write_text("".join(lines))
    (tmp_path / "shape").write_text("".join(shapes))
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(request.module.CONFIG))
    return tmp_path
