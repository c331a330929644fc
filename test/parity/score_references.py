"""Store values of reference packages, which test_score_references.py compares with.

    pip download --no-deps --dest WHEELS fadtk==1.1.0 kadtk==1.1.0 audioldm_eval==0.0.3
    python test/parity/score_references.py WHEELS

fadtk and kadtk require older numpy and torch than this project, so they are not
installed: the functions named below are taken from the wheels' own source, unchanged,
and run on arrays drawn from a seed. Written are the values, the seed and all versions.
"""

import ast
import contextlib
import io
import json
import logging
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import numpy as np
import scipy
import torch
from scipy import linalg

HERE = Path(__file__).parent
STORED = HERE / "score_references.json"
SEED = 20261130
CLIPS, RECORDINGS, SIZE, CLASSES = 60, 80, 12, 20
TAKEN = (
    ("fadtk-1.1.0", "fadtk/fad.py", "calc_embd_statistics calc_frechet_distance"),
    (
        "kadtk-1.1.0",
        "kadtk/kad.py",
        "calc_kernel_audio_distance median_pairwise_distance",
    ),
    ("audioldm_eval-0.0.3", "audioldm_eval/metrics/kl.py", "calculate_kl"),
    ("audioldm_eval-0.0.3", "audioldm_eval/metrics/isc.py", "calculate_isc"),
)


def arrays() -> dict[str, np.ndarray]:
    """Return embeddings and class scores drawn from the seed."""
    rng = np.random.default_rng(SEED)
    mix = rng.normal(size=(SIZE, SIZE))
    return {
        "x": rng.normal(0.3, 1.2, (CLIPS, SIZE)) @ mix,
        "y": rng.normal(0.0, 1.0, (RECORDINGS, SIZE)) @ mix,
        "logits_x": rng.normal(0, 2, (CLIPS, CLASSES)),
        "logits_y": rng.normal(0, 2, (CLIPS, CLASSES)),
    }


def functions(wheels: Path) -> dict:
    """Return the functions, compiled from the wheels' source."""
    import os
    from typing import Union

    names = {"np": np, "torch": torch, "linalg": linalg, "os": os, "Path": Path}
    names |= {"PathLike": Union[str, Path], "SCALE_FACTOR": 100, "Union": Union}
    names |= {"scisqrt": np.emath.sqrt, "log": logging.getLogger()}
    for wheel, file, wanted in TAKEN:
        (path,) = wheels.glob(f"{wheel}-*.whl")
        tree = ast.parse(zipfile.ZipFile(path).read(file))
        tree.body = [n for n in tree.body if getattr(n, "name", "") in wanted.split()]
        assert len(tree.body) == len(wanted.split()), f"{path} lacks one of {wanted}"
        exec(compile(tree, file, "exec"), names)
    return names


def values(wheels: Path) -> dict[str, float]:
    """Return what the packages compute."""
    from prdc import compute_prdc

    call, given = functions(wheels), arrays()
    x, y = given["x"], given["y"]
    tensors = {k: torch.from_numpy(given[k]) for k in given}
    names = [f"{n}.wav" for n in range(CLIPS)]
    one, other = (
        {"logits": tensors[k], "file_path_": names} for k in ("logits_x", "logits_y")
    )
    divergences = call["calculate_kl"](one, other, "logits")[0]
    kernel = call["calc_kernel_audio_distance"](
        tensors["x"], tensors["y"], (None, None), "cpu", precision=torch.float64
    )
    moments = [call["calc_embd_statistics"](each) for each in (x, y)]
    return {
        "frechet_distance": float(
            call["calc_frechet_distance"](*moments[0], *moments[1])
        ),
        "kad": float(kernel),
        "kl_softmax": divergences["kullback_leibler_divergence_softmax"],
        "kl_sigmoid": divergences["kullback_leibler_divergence_sigmoid"],
        "inception_score": call["calculate_isc"](one, "logits", 0, False, 1)[
            "inception_score_mean"
        ],
        **{k: float(v) for k, v in compute_prdc(y, x, 5).items()},
    }


def main(wheels: Path) -> None:
    """Write the values."""
    with contextlib.redirect_stdout(io.StringIO()):
        found = values(wheels)
    libraries = {"numpy": np, "scipy": scipy, "torch": torch}
    versions = {k: v.__version__ for k, v in libraries.items()}
    versions |= {"prdc": metadata.version("prdc")}
    versions |= dict(wheel.split("-") for wheel, _, _ in TAKEN)
    content = {"seed": SEED, "versions": versions, "values": found}
    STORED.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
