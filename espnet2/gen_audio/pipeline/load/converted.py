"""Load a system from a converted folder, a packed archive or a model zoo tag."""

import logging
from dataclasses import replace
from pathlib import Path

from espnet2.gen_audio.checkpoint.archive.folder import INDEX, read_index
from espnet2.gen_audio.checkpoint.archive.packed import is_archive, open_archive
from espnet2.gen_audio.encoder.clap import ClapEncoder, is_fusion
from espnet2.gen_audio.encoder.resolve import model_type
from espnet2.gen_audio.pipeline.behaviour import Behaviour, behaviour_of
from espnet2.gen_audio.pipeline.lazy import MemorySlot
from espnet2.gen_audio.pipeline.load.assemble import assemble
from espnet2.gen_audio.pipeline.load.converted_encoder import caption_encoder
from espnet2.gen_audio.pipeline.load.part_files import (
    GRIFFIN_LIM,
    StoredPart,
    StoredSystem,
)
from espnet2.gen_audio.pipeline.load.part_loader import Placement
from espnet2.gen_audio.pipeline.precision import dtype_of
from espnet2.gen_audio.pipeline.ranking import ClapRanking
from espnet2.gen_audio.pipeline.system import System

STUDENT = "ldm_student"  # its folder


def load_converted(
    model: str | Path,
    behaviour: str | Behaviour = "ours",
    device: str = "cpu",
    dtype: str = "float32",
    low_memory: bool = False,
) -> System:
    """Load a whole system.

    Args:
        model: Folder that ``convert_checkpoint`` made, archive that ``pack`` made, or
            tag of a model in ESPnet's model zoo.
        behaviour: ``ours`` or ``official``.
        device: Device of the networks.
        dtype: Precision of all networks but the AudioMAE.
        low_memory: Load each part when it is needed and release it afterwards.

    Returns:
        The system, ready to generate.

    Raises:
        ValueError: If the model does not have one of these forms, or a part is missing.
    """
    folder, behaviour = folder_of(model), behaviour_of(behaviour)
    slot = MemorySlot() if low_memory else None
    placement = Placement(device, dtype_of(dtype), slot)
    stored = stored_system(folder)
    shapes = stored.shapes()
    if "loa" not in shapes.ldm.unet.widths:
        stored, shapes = replace(stored, loa_lm=None), replace(shapes, loa_lm=None)
    elif stored.loa_lm is None:
        raise ValueError(
            f"{folder} has no loa_lm, but its diffusion model needs LOA; convert a "
            "whole checkpoint"
        )
    encoder = caption_encoder(folder, shapes, placement, behaviour)
    if stored.vocoder == GRIFFIN_LIM:
        logging.info("%s has no vocoder: waveforms are made by Griffin-Lim", folder)
    ranking = _ranking(folder, behaviour, device)
    return assemble(stored, encoder, behaviour, placement, shapes, ranking)


def stored_system(folder: Path) -> StoredSystem:
    """Return the files of the parts of a converted folder.

    Args:
        folder: Folder with system.yaml.

    Returns:
        Its parts.

    Raises:
        ValueError: If a part is missing that every system needs.
    """
    present = read_index(folder)["parts"]
    lacking = [name for name in ("vae", "ldm") if name not in present]
    if lacking:
        raise ValueError(
            f"{folder} has no {' and no '.join(lacking)}, which generation "
            "needs; convert a whole checkpoint"
        )
    names = ("ldm", "vae", "vocoder", "loa_lm", "audiomae")
    parts = {name: StoredPart(folder / name) for name in names if name in present}
    if STUDENT in present:
        parts["student"] = StoredPart(folder / STUDENT)
    return StoredSystem(**parts)


def folder_of(model: str | Path) -> Path:
    """Return the folder of a system; unpack or download the system if necessary.

    Args:
        model: See ``load_converted``.

    Returns:
        A folder with system.yaml.

    Raises:
        ValueError: If it is neither a system nor the tag of one, or an archive that
            is damaged or unpacks to more than its bounds.
    """
    path = Path(model)
    if path.is_dir() and (path / INDEX).is_file():
        return path
    if path.is_file() and is_archive(path):
        return open_archive(path)
    if (path / "config.yaml").is_file():
        raise ValueError(
            f"{path} is one part, not a system; pack the system with stage 17 of the "
            "recipe (python -m espnet2.gen_audio.bin.pack) and give its .zip"
        )
    if path.exists():
        raise ValueError(
            f"{path} is no converted system; make one with python -m "
            f"espnet2.gen_audio.bin.convert_checkpoint --input {path} --output DIR"
        )
    try:
        from espnet_model_zoo.downloader import ModelDownloader
    except ImportError as error:
        raise ValueError(
            f"{model} does not exist; a tag of the model zoo needs 'pip install "
            "espnet_model_zoo'"
        ) from error
    # only download with it: its unpacking has no bounds
    zoo, tag = ModelDownloader(), str(model)
    if zoo.get_url(name=tag).rstrip("/").endswith("huggingface.co"):
        # its ``download`` would replace each value in a config that is also the name of
        # a folder, such as ``part: vae``, by the path of this folder
        found = Path(zoo.huggingface_download(name=tag))
    else:
        found = Path(zoo.download(tag))
    if found.is_file():
        return open_archive(found)
    if not (found / INDEX).is_file():
        raise ValueError(
            f"{model} of the model zoo has no {INDEX}: it is no system that bin.pack "
            "wrote; give the tag of one"
        )
    return found


def _ranking(folder: Path, behaviour: Behaviour, device: str) -> ClapRanking | None:
    """Return the ranking of candidates; None if no CLAP encodes sounds."""
    sentence = folder / "sentence_encoder"
    present = "sentence_encoder" in read_index(folder)["parts"]
    if not present or model_type(sentence) != "clap":
        return None
    if is_fusion(sentence):
        logging.info("%s has a fusion CLAP, which ranks no candidates", folder)
        return None
    return ClapRanking(
        lambda: ClapEncoder(str(sentence), device=device), behaviour.clap_replaced
    )
