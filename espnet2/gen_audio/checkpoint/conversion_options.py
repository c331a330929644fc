"""Options of a conversion: checked before the file is read, then applied to it.

Files have several gigabytes, so a wrong option is reported before the file is read. An
option that does not apply to the file is logged as a warning.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from espnet2.gen_audio.checkpoint.archive.system import ENCODERS, NETS, OWN_NETS, System
from espnet2.gen_audio.checkpoint.official.copies import COPIES, PURPOSES
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.files.plain_yaml import read_yaml
from espnet2.gen_audio.files.regular_file import WHOLE, regular

# file names of a tokenizer or a feature extractor
_TOKENIZER_FILES = (
    "vocab.json",
    "merges.txt",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "spiece.model",
    "preprocessor_config.json",
)
_ENCODER_OF = {"clap": "sentence_encoder", "t5": "tokens_encoder"}


@dataclass(frozen=True)
class ConversionOptions:
    """The options of one conversion.

    Attributes:
        weights: ``raw`` or ``ema``: the U-Net of an official file.
        geometry: Sizes of a clip; None for the published ones that fit.
        copies: For each network with several copies, the use of the copy to take, see
            ``COPIES``.
        tokenizers: For each encoder, the contents of its tokenizer's files by name.
        licences: Licence by part.
    """

    weights: str = "raw"
    geometry: ClipGeometry | None = None
    copies: Mapping[str, str] = field(default_factory=dict)
    tokenizers: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)
    licences: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, args: argparse.Namespace) -> "ConversionOptions":
        """Read options of the command and the small files that they name.

        Args:
            args: With the options of ``add_conversion_options``.

        Returns:
            The options.

        Raises:
            ValueError: If a value is not valid.
        """
        folders = {name: getattr(args, option) for name, option in _TOKENIZERS.items()}
        copies = {network: getattr(args, f"{network}_copy") for network in COPIES}
        return cls(
            args.weights,
            None if args.geometry is None else _geometry(args.geometry),
            {network: use for network, use in copies.items() if use},
            {name: tokenizer_files(path) for name, path in folders.items() if path},
            licences_of(args.licence),
        )

    def apply(self, system: System) -> None:
        """Set the tokenizers and licences of those parts that a system has.

        Args:
            system: The system, changed in place.
        """
        members = system.members()
        for name in self.tokenizers.keys() & system.encoders.keys():
            system.encoders[name].files.update(self.tokenizers[name])
        for name in self.licences.keys() & members.keys():
            members[name].provenance["licence"] = self.licences[name]

    def unused(self, system: System) -> list[str]:
        """Return the options that do not apply to a system.

        Args:
            system: The system.

        Returns:
            One line for each, with the reason.
        """
        lines = [
            f"--{_TOKENIZERS[name]}: there is no {name}"
            for name in self.tokenizers
            if name not in system.encoders
        ]
        present = system.members()
        lines += [
            f"--licence {name}=...: there is no {name}"
            for name in self.licences
            if name not in present
        ]
        for network, use in self.copies.items():
            encoder = system.encoders.get(_ENCODER_OF[network])
            if encoder is None or encoder.provenance.get("copy") != use:
                lines.append(f"--{network}_copy {use}: there is no such copy to choose")
        return lines + self._unused_by_nets(system)

    def _unused_by_nets(self, system: System) -> list[str]:
        """Return the lines of ``unused`` about the nets."""
        lines, parts = [], system.parts
        ldm = parts.get("ldm")
        if self.weights == "ema" and (
            ldm is None or ldm.provenance.get("weights") != self.weights
        ):
            lines.append("--weights ema: there is no moving average to choose")
        stated = [part.config.get("geometry_conf") for part in parts.values()]
        if self.geometry is not None and self.geometry.to_dict() not in stated:
            lines.append("--geometry: the input states its own, or has no net")
        return lines


_TOKENIZERS = {name: name.replace("encoder", "tokenizer") for name in ENCODERS}


def add_conversion_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of a conversion.

    Args:
        parser: Parser to extend.
    """
    add = parser.add_argument
    add(
        "--weights",
        choices=("raw", "ema"),
        default="raw",
        help="U-Net weights of a .pth",
    )
    add("--geometry", type=Path, help="YAML of the clip geometry; default: published")
    add("--sentence_tokenizer", type=Path, help="folder of CLAP's tokenizer")
    add("--tokens_tokenizer", type=Path, help="folder of FLAN-T5's tokenizer")
    for network, encoder in (("clap", "CLAP"), ("t5", "FLAN-T5")):
        add(
            f"--{network}_copy",
            choices=COPIES[network],
            help=f"which copy of {encoder} to take if those in a .pth differ: "
            + ", ".join(f"{use} {PURPOSES[use]}" for use in COPIES[network]),
        )
    add(
        "--licence",
        action="append",
        default=[],
        metavar="PART=TEXT",
        help="licence of a part, instead of the one its authors state; repeatable",
    )


def tokenizer_files(folder: Path) -> dict[str, bytes]:
    """Read the files of a tokenizer.

    Args:
        folder: Folder of the tokenizer.

    Returns:
        Contents by file name.

    Raises:
        ValueError: If there are none.
    """
    found = [folder / file for file in _TOKENIZER_FILES if (folder / file).is_file()]
    if not found:
        raise ValueError(
            f"{folder} holds no tokenizer; give the folder of tokenizer.json, "
            "vocab.json or spiece.model"
        )
    return {path.name: regular(path, WHOLE).read_bytes() for path in found}


def licences_of(given: Sequence[str]) -> dict[str, str]:
    """Parse ``--licence PART=TEXT``.

    Args:
        given: ``part=text`` strings.

    Returns:
        Licence by part.

    Raises:
        ValueError: If a string is of another form or names no part.
    """
    licences = {}
    for text in given:
        name, equals, licence = text.partition("=")
        if not equals or name not in (*NETS, *OWN_NETS, *ENCODERS):
            raise ValueError(
                f"--licence {text}: PART=TEXT is needed, PART one of "
                f"{', '.join((*NETS, *OWN_NETS, *ENCODERS))}"
            )
        licences[name] = licence
    return licences


def _geometry(path: Path) -> ClipGeometry:
    """Read the YAML of a clip."""
    try:
        content = read_yaml(path)
    except ValueError as error:
        raise ValueError(f"--geometry {error}") from error
    if not isinstance(content, Mapping):
        raise ValueError(
            f"--geometry {path} holds {content!r}; give a YAML like conf/geometry.yaml"
        )
    return ClipGeometry.from_dict(content)
