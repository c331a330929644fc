"""Recognise and read a checkpoint of any accepted form.

Accepted: an official ``.pth`` or ``.ckpt``, a diffusers folder, a stand-alone VAE,
HiFi-GAN, CLAP or AudioMAE file, a folder that a conversion or a training wrote, and our
packed archive. A file is recognised by its content, a folder by the names in it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from espnet2.gen_audio.checkpoint.archive.folder import INDEX, read_system
from espnet2.gen_audio.checkpoint.archive.packed import open_archive
from espnet2.gen_audio.checkpoint.archive.system import System
from espnet2.gen_audio.checkpoint.archive.trained import part_of
from espnet2.gen_audio.checkpoint.diffusers.read import read_diffusers
from espnet2.gen_audio.checkpoint.official.read import read_official
from espnet2.gen_audio.checkpoint.official.standalone import read_standalone
from espnet2.gen_audio.checkpoint.restricted.reader import read_containers
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.files.file_form import Form, form_of
from espnet2.gen_audio.files.tensor_file import load_tensors

ACCEPTED = (
    "an official .pth, a diffusers folder, a VAE, HiFi-GAN or AudioMAE file, a "
    "converted or trained folder, or a packed .zip"
)
_DIFFUSERS_PARTS = ("unet", "vae", "vocoder", "language_model", "projection_model")


def read_any(
    path: Path | str,
    weights: str = "raw",
    geometry: ClipGeometry | None = None,
    copies: Mapping[str, str] | None = None,
) -> System:
    """Read a checkpoint of any accepted form.

    Args:
        path: File or folder.
        weights: ``raw`` or ``ema``, where an official file has both.
        geometry: Sizes of a clip; the published ones that fit if None.
        copies: Which copy of a network is taken from an official file, see
            ``read_official``.

    Returns:
        The system; parts that the checkpoint lacks are absent.

    Raises:
        FileNotFoundError: If there is nothing at the path.
        ValueError: If it is of no accepted form, damaged, or does not fit.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist; give {ACCEPTED}")
    if path.is_dir():
        return _read_folder(path, weights, geometry)
    if form_of(path) is Form.ARCHIVE:
        return read_system(open_archive(path))
    loaded, notes = read_file(path)
    state = loaded.get("state_dict")
    names = state if isinstance(state, Mapping) else loaded
    if any("model.diffusion_model." in str(name) for name in names):
        system = read_official(loaded, path.name, weights, geometry, copies)
    else:
        system = read_standalone(loaded, path.name, geometry)
    system.notes += notes
    return system


def read_file(path: Path) -> tuple[dict[str, Any], list[str]]:
    """Read the tensors of one file.

    A file of tensors and plain containers is read by ``load_tensors``. A file that also
    holds objects of a training framework is read by ``restricted``, which does not
    build these objects.

    Args:
        path: A safetensors file, or one written by ``torch.save``.

    Returns:
        Its contents, and notes on the objects that were not built.

    Raises:
        ValueError: If it is damaged, no file of tensors, or TorchScript.
    """
    if path.stat().st_size == 0:
        raise ValueError(f"{path} is empty; copy it again, or give {ACCEPTED}")
    try:
        return load_tensors(path, mmap=True), []
    except ValueError:
        if form_of(path) not in (Form.TORCH_ZIP, Form.TORCH_PICKLE):
            raise
        loaded, skipped = read_containers(path)
    if not skipped:
        return loaded, []
    shown = ", ".join(skipped[:4]) + (" ..." if skipped[4:] else "")
    note = (
        f"{path.name} names {len(skipped)} classes or functions that are not built: "
        f"{shown}"
    )
    return loaded, [note]


def _read_folder(path: Path, weights: str, geometry: ClipGeometry | None) -> System:
    names = {entry.name for entry in path.iterdir()}
    if INDEX in names:
        return read_system(path)
    if "model_index.json" in names or names & set(_DIFFUSERS_PARTS):
        return read_diffusers(path, geometry)
    if "config.yaml" in names:
        parts = {part.name: part for part in part_of(path)}
        return System("custom", parts, {})
    found = ", ".join(sorted(names)[:5]) if names else "nothing"
    raise ValueError(f"{path} holds {found}; give {ACCEPTED}")
