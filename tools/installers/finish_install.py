"""Mend what a package installer leaves undone, import once, say what is there.

The first import writes the .pyc files, so that no later start pays for it.
"""

import contextlib
import importlib.util
import io
import time
from importlib import metadata
from pathlib import Path

SHOWN = "espnet torch torchaudio transformers diffusers onnxruntime espnet-gen-audio"


def park_cuda_extension(folder: Path) -> list[Path]:
    """Move torchaudio's binary extension aside; without it torchaudio is pure Python.

    The published binary is linked against CUDA and cannot be loaded beside a CPU
    build of torch. Only ``forced_align`` and ``rnnt_loss`` are lost.

    Args:
        folder: Where torchaudio is installed.

    Returns:
        The new names of the files that were moved.
    """
    moved = []
    for extension in sorted((folder / "lib").glob("*.so")):
        parked = extension.with_name(extension.name + ".needs-cuda")
        moved.append(extension.replace(parked))
    return moved


def main() -> None:
    """Finish the installation of the running Python."""
    start = time.monotonic()
    import torch

    torchaudio = importlib.util.find_spec("torchaudio")
    if torch.version.cuda is None and torchaudio is not None:
        park_cuda_extension(Path(torchaudio.origin).parent)

    # the toolkit prints notes on packages that it can do without
    notes = io.StringIO()
    with contextlib.redirect_stdout(notes), contextlib.redirect_stderr(notes):
        import espnet2.tasks.abs_task  # noqa: F401
        from diffusers import AudioLDM2UNet2DConditionModel, AutoencoderKL  # noqa: F401
        from transformers import GPT2Model  # noqa: F401

        import espnet2.gen_audio  # noqa: F401

    versions = ", ".join(f"{name} {metadata.version(name)}" for name in SHOWN.split())
    device = "CUDA build" if torch.version.cuda else "CPU build"
    print(f"setup_env: installed {versions}; torch is a {device}")
    print(f"setup_env: first import took {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
