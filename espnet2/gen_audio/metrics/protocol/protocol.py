"""A protocol: rate, resampler, length, level, encoders and metrics, in one file.

The files are ``egs2/audioldm2/conf/score/*.yaml``; a file of one's own has the same
keys. Published numbers are comparable only within one protocol.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from espnet2.gen_audio.files.plain_yaml import read_yaml
from espnet2.gen_audio.files.recipe_folder import RECIPE
from espnet2.gen_audio.metrics.encoders.clip_form import ClipForm
from espnet2.gen_audio.metrics.encoders.set_encoder import GIVEN, KINDS, SetEncoder
from espnet2.gen_audio.metrics.evaluation.metric import Metric
from espnet2.gen_audio.metrics.sound_metrics.registry import SOUND_METRICS
from espnet2.gen_audio.metrics.speech_metrics.registry import SPEECH_METRICS

FOLDER = Path("conf/score")
RANK_RULES = ("refuse", "leave_out")


@dataclass(frozen=True)
class EncoderSpec:
    """An encoder of a protocol.

    Args:
        name: Name in the protocol, and in the keys of its metrics.
        kind: One of ``set_encoder.KINDS``.
        metrics: Keys of the metrics computed with it.
        sha256: Digest that its weights must have; None where none was verified.
        source: Where the weights come from.
        licence: Their licence.
        frames: Whether distances of sets compare all frames of the clips, as the first
            papers on FAD do, and not one mean a clip.
    """

    name: str
    kind: str
    metrics: tuple[str, ...]
    sha256: str | None = None
    source: str = ""
    licence: str = ""
    frames: bool = False


@dataclass(frozen=True)
class Protocol:
    """All conditions of a score.

    Args:
        name: Name of the protocol.
        text: Its description, and how it differs from the evaluation it is named after.
        form: Rate, length and level of a clip.
        encoders: The encoders with their metrics.
        metrics: Keys of the metrics that need no encoder.
        speech: Keys of the metrics of speech, which need transcripts.
        rank_deficient: ``refuse``, or ``leave_out``: what happens to a Frechet distance
            with fewer clips than dimensions.
        paired: Whether the clips were made from the recordings of their ids.
        candidates: Number of clips per caption of which one was chosen; only recorded.
        captions_sha256: Digest that the list of captions must have; None for any.
        path: The file.
    """

    name: str
    text: str
    form: ClipForm
    encoders: tuple[EncoderSpec, ...]
    metrics: tuple[str, ...] = ()
    speech: tuple[str, ...] = ()
    rank_deficient: str = "refuse"
    paired: bool = False
    candidates: int = 1
    captions_sha256: str | None = None
    path: Path = field(default=Path(), compare=False)

    def build(self, given: Mapping[str, Path]) -> list[SetEncoder]:
        """Return the encoders, with the digests that the protocol states.

        Args:
            given: File or folder of each encoder whose weights the user has.

        Returns:
            One encoder per entry.

        Raises:
            ValueError: If weights are missing, of no use, or have another digest.
        """
        known = [one.name for one in self.encoders]
        for name in given:
            if name not in known:
                raise ValueError(
                    f"--encoders {name}: the protocol {self.name} has no such encoder; "
                    f"it has {', '.join(known)}"
                )
        return [self._built(spec, given.get(spec.name)) for spec in self.encoders]

    def _built(self, spec: EncoderSpec, path: Path | None) -> SetEncoder:
        if path is None and spec.kind in GIVEN:
            raise ValueError(
                f"the protocol {self.name} needs the encoder {spec.name} "
                f"({spec.source}), whose weights no package carries; give --encoders "
                f"{spec.name}=PATH, or use the protocol offline"
            )
        if path is not None and not path.exists():
            raise ValueError(f"--encoders {spec.name}={path}: there is no such path")
        encoder = KINDS[spec.kind](spec.name, path)
        if spec.sha256 and encoder.sha256 != spec.sha256:
            raise ValueError(
                f"the weights of {spec.name} have the digest {encoder.sha256}, and the "
                f"protocol {self.name} states {spec.sha256}; give the weights of "
                f"{spec.source or 'the protocol'}, or a protocol of your own"
            )
        lacking = [k for k in spec.metrics if _metric(k).encoding not in encoder.gives]
        if lacking:
            raise ValueError(
                f"the encoder {spec.name} gives {' and '.join(encoder.gives)}, and the "
                f"metric {lacking[0]} needs {_metric(lacking[0]).encoding}; export the "
                "network with it, or take the metric out"
            )
        return encoder

    def records(self, keys: Sequence[str]) -> list[Metric]:
        """Return the records of metrics, in the order of the table."""
        records = [_metric(key) for key in keys]
        return sorted(records, key=lambda m: (m.column, m.key))


def read_protocol(name: str) -> Protocol:
    """Read a protocol by name or by path.

    Args:
        name: Name of a file of ``conf/score`` (of the current folder, then of the
            recipe) without its ending, or the path of a YAML file.

    Returns:
        The protocol.

    Raises:
        ValueError: If there is none, or a value in it is wrong; the file is named.
    """
    path = _find(name)
    content = read_yaml(path, "give a protocol")
    try:
        if not isinstance(content, dict):
            raise ValueError("it has no keys and values")
        return _from_dict(path.stem, content, path)
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"protocol {path}: {error}") from error


def known_protocols() -> list[str]:
    """Return the names of all protocols in ``conf/score``."""
    folders = (FOLDER, RECIPE / FOLDER)
    return sorted({path.stem for folder in folders for path in folder.glob("*.yaml")})


def _find(name: str) -> Path:
    if name.endswith((".yaml", ".yml")) and Path(name).is_file():
        return Path(name)
    for folder in (FOLDER, RECIPE / FOLDER):
        path = folder / f"{name}.yaml"
        if path.is_file():
            return path
    raise ValueError(
        f"--protocol {name}: there is no such protocol; use "
        f"{', '.join(known_protocols())}, or the path of a YAML file"
    )


def _from_dict(name: str, content: dict[str, Any], path: Path) -> Protocol:
    content = dict(content)
    form_keys = [one.name for one in fields(ClipForm)]
    form = ClipForm(**{k: content.pop(k) for k in form_keys if k in content})
    encoders = tuple(
        EncoderSpec(key, **{**values, "metrics": tuple(values["metrics"])})
        for key, values in content.pop("encoders", {}).items()
    )
    lists = {key: tuple(content.pop(key, ())) for key in ("metrics", "speech")}
    protocol = Protocol(
        name, form=form, encoders=encoders, path=path, **lists, **content
    )
    if protocol.rank_deficient not in RANK_RULES:
        raise ValueError(
            f"rank_deficient {protocol.rank_deficient!r} is unknown; use "
            f"{' or '.join(RANK_RULES)}"
        )
    for spec in encoders:
        if spec.kind not in KINDS:
            raise ValueError(
                f"encoder {spec.name}: kind {spec.kind!r} is unknown; use "
                f"{', '.join(KINDS)}"
            )
    _refuse_metrics(encoders, protocol.metrics)
    _refuse_speech(protocol.speech)
    return protocol


def _refuse_metrics(encoders: Sequence[EncoderSpec], metrics: Sequence[str]) -> None:
    """Refuse metrics that are unknown or listed under an encoder by mistake."""
    for spec in encoders:
        for key in spec.metrics:
            if not _metric(key).encoding:
                raise ValueError(
                    f"metric {key} needs no encoder; list it under 'metrics' of the "
                    "protocol"
                )
    for key in metrics:
        if _metric(key).encoding:
            raise ValueError(
                f"metric {key} needs {_metric(key).encoding}; list it under an encoder"
            )


def _refuse_speech(keys: Sequence[str]) -> None:
    known = [metric.key for metric in SPEECH_METRICS.all()]
    for key in keys:
        if key not in known:
            raise ValueError(
                f"metric {key!r} of speech is unknown; use {', '.join(sorted(known))}"
            )


def _metric(key: str) -> Metric:
    """Return the record of a metric, by a key that a protocol may name."""
    usable = {
        m.key: m
        for m in SOUND_METRICS.all(of_protocols=True)
        if m.statistic is not None or m.clip_key
    }
    if key not in usable:
        raise ValueError(f"metric {key!r} is unknown; use {', '.join(sorted(usable))}")
    return usable[key]
