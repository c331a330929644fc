"""Tell what a given file or folder is, and read it.

Accepted: an official ``.pth`` or ``.ckpt``, a diffusers folder, a stand-alone VAE,
HiFi-GAN, CLAP or AudioMAE file, a folder that a conversion or a training wrote, and our
packed archive.
"""

import zipfile
from pathlib import Path
from typing import Any

from espnet2.gen_audio.checkpoint.restricted import read_containers
from espnet2.gen_audio.checkpoint.system import INDEX, System, read_system
from espnet2.gen_audio.compat import load_tensors
from espnet2.gen_audio.feats.clip import ClipGeometry

ACCEPTED = (
    "an official .pth, a diffusers folder, a VAE, HiFi-GAN or AudioMAE file, a "
    "converted or trained folder, or a packed .zip"
)
_DIFFUSERS_PARTS = ("unet", "vae", "vocoder", "language_model", "projection_model")


def read_any(
    path: Path | str, weights: str = "raw", geometry: ClipGeometry | None = None
) -> System:
    """Read a checkpoint of any accepted kind.

    Args:
        path: File or folder.
        weights: ``raw`` or ``ema``, where an official file has both.
        geometry: Sizes of a clip; the published ones that fit if None.

    Returns:
        The system; parts that are not there are absent.

    Raises:
        FileNotFoundError: If there is nothing at the path.
        ValueError: If it is of no accepted kind, damaged, or does not fit.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist; give {ACCEPTED}")
    if path.is_dir():
        return _read_folder(path, weights, geometry)
    if path.stat().st_size == 0:
        raise ValueError(f"{path} is empty; copy it again, or give {ACCEPTED}")
    if is_archive(path):
        from espnet2.gen_audio.checkpoint.archive import open_archive

        return read_system(open_archive(path))
    loaded, notes = read_file(path)
    from espnet2.gen_audio.checkpoint.official import read_official
    from espnet2.gen_audio.checkpoint.standalone import read_standalone

    names = loaded.get("state_dict", loaded)
    if any("model.diffusion_model." in str(name) for name in names):
        system = read_official(loaded, path.name, weights, geometry)
    else:
        system = read_standalone(loaded, path.name, geometry)
    system.notes += notes
    return system


def read_file(path: Path) -> tuple[dict[str, Any], list[str]]:
    """Read the tensors of one file; only a file that names code is read with care.

    Args:
        path: A ``.safetensors`` file, or one written by ``torch.save``.

    Returns:
        Its contents, and notes on what was not built.

    Raises:
        ValueError: If it is damaged or no file of tensors.
    """
    with path.open("rb") as file:
        start = file.read(8)
    if path.suffix == ".safetensors":
        return load_tensors(path), []
    if not start.startswith(b"PK") and not start.startswith(b"\x80"):
        raise ValueError(
            f"{path} is no file of tensors (a text file, or a download that was cut "
            f"short?); give {ACCEPTED}"
        )
    try:
        return load_tensors(path, mmap=True), []
    except ValueError:
        loaded, skipped = read_containers(path)
    if not skipped:
        return loaded, []
    shown = ", ".join(skipped[:4]) + (" ..." if skipped[4:] else "")
    note = (
        f"{path.name} names {len(skipped)} classes or functions that are not built: "
        f"{shown}"
    )
    return loaded, [note]


def is_archive(path: Path) -> bool:
    """Tell whether a file is an archive of ours: a zip or tar with a meta.yaml.

    Args:
        path: A file.

    Returns:
        True for an archive; torch's own files are zips as well, without that entry.
    """
    if path.suffix in (".tgz", ".tar", ".gz"):
        return True
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return "meta.yaml" in archive.namelist()


def _read_folder(path: Path, weights: str, geometry: ClipGeometry | None) -> System:
    names = {entry.name for entry in path.iterdir()}
    if INDEX in names:
        return read_system(path)
    if "model_index.json" in names or names & set(_DIFFUSERS_PARTS):
        from espnet2.gen_audio.checkpoint.diffusers_folder import read_diffusers

        return read_diffusers(path, geometry)
    if "config.yaml" in names:
        from espnet2.gen_audio.checkpoint.from_experiment import part_of

        parts = {part.name: part for part in part_of(path)}
        return System("custom", parts, {})
    found = ", ".join(sorted(names)[:5]) if names else "nothing"
    raise ValueError(f"{path} holds {found}; give {ACCEPTED}")
