"""Open a whole system: a converted folder, a packed archive, or a model zoo's tag."""

import logging
from pathlib import Path
from typing import Any

from espnet2.gen_audio.checkpoint.archive import open_archive
from espnet2.gen_audio.checkpoint.detect import is_archive
from espnet2.gen_audio.checkpoint.experiment import load_experiment, read_config
from espnet2.gen_audio.checkpoint.system import INDEX, read_index
from espnet2.gen_audio.conditioner.clap import ClapEncoder
from espnet2.gen_audio.conditioner.resolve import model_type
from espnet2.gen_audio.conditioner.units import TextUnits
from espnet2.gen_audio.pipeline.captions import CaptionEncoder, complete_nulls
from espnet2.gen_audio.pipeline.preset import Behaviour, behaviour_of
from espnet2.gen_audio.pipeline.ranking import ClapRanking
from espnet2.gen_audio.pipeline.text2audio import Text2Audio
from espnet2.gen_audio.vocoder.griffin_lim import GriffinLim

_TOKENIZERS = ("tokenizer.json", "vocab.json", "spiece.model")


def load_pretrained(
    model: str | Path, preset: str | Behaviour = "ours", device: str = "cpu"
) -> Text2Audio:
    """Load a whole system.

    Args:
        model: Folder that ``convert_checkpoint`` made, archive that ``pack`` made, or
            tag of a model in ESPnet's model zoo.
        preset: ``ours`` or ``official``.
        device: Where the networks run.

    Returns:
        The system, ready to generate.

    Raises:
        ValueError: If the model is of another kind, or a part is missing.
    """
    folder = folder_of(model)
    behaviour = behaviour_of(preset)
    present = read_index(folder)["parts"]
    lacking = [name for name in ("vae", "ldm") if name not in present]
    if lacking:
        raise ValueError(
            f"{folder} has no {' and no '.join(lacking)}, without which no sound is "
            "made; convert a whole checkpoint"
        )
    use_ema = behaviour.weights == "ema"
    ldm = load_experiment(folder / "ldm", use_ema=use_ema, parts=("ldm",)).to(device)
    loa_lm = None
    if ldm.conditions.loa_dim is not None:
        if "loa_lm" not in present:
            raise ValueError(
                f"{folder} has no loa_lm, but its diffusion model hears LOA; convert a "
                "whole checkpoint"
            )
        loa_lm = load_experiment(folder / "loa_lm", parts=("loa_lm",)).to(device)
    vae = load_experiment(folder / "vae", parts=("vae",)).vae.to(device)
    if "vocoder" in present:
        loaded = load_experiment(folder / "vocoder", parts=("vocoder",))
        vocoder = loaded.vocoder.to(device)
    else:
        logging.info("%s has no vocoder: waveforms are made by Griffin-Lim", folder)
        vocoder = GriffinLim(ldm.geometry).to(device)
    encode = _caption_encoder(folder, loa_lm, ldm, device)
    complete_nulls(ldm, encode)
    ranking = None
    sentence = folder / "sentence_encoder"
    if "sentence_encoder" in present and model_type(sentence) == "clap":
        ranking = ClapRanking(
            lambda: ClapEncoder(str(sentence), device=device), behaviour.clap_replaced
        )
    return Text2Audio(loa_lm, ldm, vae, vocoder, encode, behaviour, ranking)


def folder_of(model: str | Path) -> Path:
    """Return the folder of a system, unpacked or downloaded first if need be.

    Args:
        model: As ``load_pretrained`` takes it.

    Returns:
        A folder with system.yaml.

    Raises:
        ValueError: If it is neither a system nor a tag.
    """
    path = Path(model)
    if path.is_dir() and (path / INDEX).is_file():
        return path
    if path.is_file() and is_archive(path):
        return open_archive(path)
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
    files = ModelDownloader().download_and_unpack(str(model))
    return Path(files["system_file"]).parent


def _caption_encoder(
    folder: Path, loa_lm: Any, ldm: Any, device: str
) -> CaptionEncoder:
    """Load the encoders of the streams that the models read."""
    read = [part for part in ("loa_lm", "ldm") if (folder / part).is_dir()]
    for config in map(read_config, (folder / part for part in read)):
        if config.get("text_encoder") == "units":
            return CaptionEncoder.of_units(TextUnits.from_text(config["units_model"]))
    reads_phonemes = loa_lm is not None and loa_lm.text_encoder is not None
    wanted = set(loa_lm.lm.condition_dims) if loa_lm is not None else set()
    wanted |= {"tokens"} if ldm.unet.tokens_dim is not None else set()
    wanted |= {"sentence"} if ldm.unet.film_dim is not None else set()
    if reads_phonemes:
        wanted.discard("tokens")
    elsewhere = read_index(folder).get("elsewhere") or {}  # found by its name
    streams: dict[str, str | None] = {"sentence": None, "tokens": None}
    for stream in wanted:
        place = folder / f"{stream}_encoder"
        if place.name in elsewhere:
            streams[stream] = elsewhere[place.name]
            continue
        if not place.is_dir():
            raise ValueError(
                f"{folder} has no {stream}_encoder, which its models need; convert a "
                "checkpoint that holds it"
            )
        if not any((place / name).is_file() for name in _TOKENIZERS):
            raise ValueError(
                f"{place} has no tokenizer (an official .pth holds none); convert with "
                f"--{stream}_tokenizer FOLDER, the tokenizer of that model"
            )
        streams[stream] = str(place)
    if reads_phonemes:
        return CaptionEncoder.for_speech(streams["sentence"], device)
    return CaptionEncoder.from_models(streams["sentence"], streams["tokens"], device)
