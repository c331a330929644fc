"""Write a corpus of broken and odd sound files, each with the verdict it must get.

    python test/faults/odd_sounds.py FOLDER

writes the corpus below FOLDER, takes it through format_audio and check_data as the
recipe does, and prints as JSON what was used (samples by id), what was left out
(reasons by id), the seconds of a core that both stages took, and the most memory of the
process in bytes.
"""

import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile

from espnet2.gen_audio.feats.containers.ogg import checksum

RATE = 16000
COUNT = 8000
AGAIN = "copy or download the file again"
WAV_HEADER = 44
NO_HEADER = (
    "not a sound file: it has no header that states rate and width; convert it to wav"
    " or flac"
)
CONVERT = "convert it to wav or flac"
UNKNOWN = f"not a sound file that can be read: Format not recognised; {CONVERT}"
EARLY = f"truncated: the file ends before its sound begins; {AGAIN}"
# Where the sound begins and how many bytes of it a file of COUNT samples has. Taken
# from the descriptions of the formats and a dump of the files, not from the program.
EXTENTS = {
    "WAV": (44, 16000),
    "WAVEX": (80, 16000),
    "RF64": (104, 16000),
    "W64": (104, 16000),
    "AIFF": (46, 16008),
    "SVX": (108, 16000),
    "CAF": (4092, 16004),
    "AU": (24, 16000),
    "NIST": (1024, 16000),
    "VOC": (30, 16012),
    "AVR": (128, 16000),
    "MPC2K": (42, 16000),
    "WVE": (32, 8000),
    "SDS": (21, 25400),
    "MAT4": (68, 16000),
    "MAT5": (264, 16000),
}
# containers that state no length (libsndfile writes 0 in XI): bytes before the sound
ENDLESS = {"PAF": 2048, "PVF": 16, "IRCAM": 1024, "XI": 338}
RATES = {"WVE": 8000, "XI": 44100}
CUTS = (0.85, 0.5, 0.1)


class Odd(NamedTuple):
    """One file of the corpus.

    Args:
        name: File name; the id is the name with the dot replaced.
        content: Bytes, or a function that makes something else at a path.
        verdict: Samples of the formatted clip, or the reason why there is none.
    """

    name: str
    content: bytes | Callable[[Path], object]
    verdict: int | str

    @property
    def id(self) -> str:
        """Id of the utterance."""
        return self.name.replace(".", "_")


def noise(channels: int = 1, seed: int = 0) -> np.ndarray:
    """Return half a second of noise at a tenth of full scale, (T, C)."""
    return 0.1 * np.random.default_rng(seed).standard_normal((COUNT, channels))


def encoded(folder: Path, container: str, subtype: str | None = None, **sound) -> bytes:
    """Return a sound file as libsndfile writes it.

    Args:
        folder: For the file.
        container: Format of soundfile.
        subtype: Coding of the samples; None is that of the format.
        **sound: ``wave``, (T, C), and ``rate``.

    Returns:
        The content.
    """
    path = folder / f"whole.{container.lower()}"
    wave, rate = sound.get("wave", noise()), sound.get("rate", RATE)
    soundfile.write(path, wave, rate, subtype, format=container)
    return path.read_bytes()


def corpus(folder: Path) -> list[Odd]:
    """Return all files of the corpus.

    Args:
        folder: For what is written on the way.

    Returns:
        Files with different names.
    """
    makers = (
        containers,
        codings,
        wav_headers,
        rates,
        levels,
        flac,
        ogg,
        mp3,
        no_sounds,
    )
    return [odd for maker in makers for odd in maker(folder)]


def resampled(rate: int, count: int = COUNT) -> int:
    """Return the samples that a sound has at 16 kHz."""
    return -(-count * RATE // rate)


def containers(folder: Path) -> Iterator[Odd]:
    """Yield every container that soundfile opens, whole and cut at three places."""
    for name, (first, length) in EXTENTS.items():
        rate = RATES.get(name, RATE)
        whole = encoded(folder, name, "ALAW" if name == "WVE" else "PCM_16", rate=rate)
        suffix = name.lower()
        yield Odd(f"whole_{name}.{suffix}", whole, resampled(rate))
        for part in CUTS:
            cut = whole[: int(len(whole) * part)]
            reason = _promise(length, len(cut) - first)
            if len(cut) < first:
                reason = EARLY
            yield Odd(f"cut_{name}_{part * 100:.0f}.{suffix}", cut, reason)
    for name, first in ENDLESS.items():
        rate = RATES.get(name, RATE)
        whole = encoded(
            folder, name, "DPCM_16" if name == "XI" else "PCM_16", rate=rate
        )
        for part in (1.0, *CUTS[:2]):
            cut = whole[: int(len(whole) * part)]
            count = resampled(rate, (len(cut) - first) // 2)
            yield Odd(f"cut_{name}_{part * 100:.0f}.{name.lower()}", cut, count)
    whole = encoded(folder, "HTK", "PCM_16")
    yield Odd("whole_HTK.htk", whole, COUNT)
    for part in CUTS:
        cut = whole[: int(len(whole) * part)]
        yield Odd(f"cut_HTK_{part * 100:.0f}.htk", cut, UNKNOWN)
    yield Odd(
        "whole_SD2.sd2",
        lambda path: soundfile.write(path, noise(), RATE, "PCM_16", format="SD2"),
        COUNT,
    )


def codings(folder: Path) -> Iterator[Odd]:
    """Yield the codings of WAV and others that do not seek, or pad their last block."""
    expected = {
        ("WAV", "PCM_U8"): COUNT,
        ("WAV", "PCM_24"): COUNT,
        ("WAV", "FLOAT"): COUNT,
        ("WAV", "DOUBLE"): COUNT,
        ("WAV", "ULAW"): COUNT,
        ("WAV", "GSM610"): 8320,  # 26 blocks of 320 samples
        ("WAV", "MS_ADPCM"): 8096,
        ("WAV", "G721_32"): 8040,
        ("WAV", "NMS_ADPCM_24"): COUNT,
        ("W64", "GSM610"): COUNT,
        ("AIFF", "GSM610"): COUNT,
        ("AIFF", "DWVW_16"): COUNT,
        ("SVX", "PCM_S8"): COUNT,
        ("XI", "DPCM_8"): resampled(44100),
        ("CAF", "ALAC_16"): COUNT,
        ("OGG", "OPUS"): COUNT,
    }
    for (container, subtype), count in expected.items():
        rate = RATES.get(container, RATE)
        whole = encoded(folder, container, subtype, rate=rate)
        yield Odd(f"{subtype}_{container}.{container.lower()}", whole, count)


def wav_headers(folder: Path) -> Iterator[Odd]:
    """Yield WAV files whose header says little, nothing, or what is not so."""
    whole = encoded(folder, "WAV", "PCM_16")
    body = whole[WAV_HEADER:]
    empty = f"no samples: the file ends after its header; {AGAIN}"

    def with_size(size: int, riff: int = 0) -> bytes:
        sizes = riff.to_bytes(4, "little"), size.to_bytes(4, "little")
        return whole[:4] + sizes[0] + whole[8:40] + sizes[1] + body

    yield Odd("size_0.wav", with_size(0), COUNT)
    yield Odd("size_0_riff_unknown.wav", with_size(0, 0xFFFFFFFF), COUNT)
    yield Odd("size_unknown.wav", with_size(0xFFFFFFFF, 0xFFFFFFFF), COUNT)
    yield Odd("size_7ffff000.wav", with_size(0x7FFFF000), COUNT)
    yield Odd("header_only.wav", with_size(0)[:WAV_HEADER], empty)
    notes = b"LIST\x04\0\0\0abcd"
    yield Odd("no_samples_but_notes.wav", with_size(0)[:WAV_HEADER] + notes, empty)
    yield Odd("notes_after.wav", whole + notes, COUNT)
    yield Odd("size_1_gb.wav", with_size(1 << 30), _promise(1 << 30, 16000))
    yield Odd("one_byte_short.wav", whole[:-1], _promise(16000, 15999))
    yield Odd("no_chunks.wav", b"RIFF\x10\0\0\0WAVE", EARLY)
    yield Odd("chunks_of_nothing.wav", whole[:12] + bytes(100_000), EARLY)
    yield Odd(
        "no_format.wav",
        whole[:12] + whole[36:],
        _damaged("Error in WAV file. No 'data' chunk marker"),
    )
    au = encoded(folder, "AU", "PCM_16")
    yield Odd("size_0.au", au[:8] + bytes(4) + au[12:], COUNT)
    yield Odd("size_unknown.au", au[:8] + b"\xff" * 4 + au[12:], COUNT)


def rates(folder: Path) -> Iterator[Odd]:
    """Yield WAV files of odd sampling rates."""
    for rate in (44101, 47999, 96001, 1000, 768000):
        yield Odd(
            f"rate_{rate}.wav", encoded(folder, "WAV", rate=rate), resampled(rate)
        )
    for rate in (1, 999, 768001, 12345677, 2**31 - 1):
        content = bytearray(encoded(folder, "WAV"))
        content[24:28] = rate.to_bytes(4, "little")
        reason = (
            f"sampling rate out of bounds: {rate} Hz; 1000 to 768000 Hz are read, so"
            " resample the file or correct its header"
        )
        yield Odd(f"rate_{rate}.wav", bytes(content), reason)


def levels(folder: Path) -> Iterator[Odd]:
    """Yield sounds too loud, too quiet, constant or cancelled."""

    def floats(name: str, wave: np.ndarray, verdict: int | str) -> Odd:
        return Odd(f"{name}.wav", encoded(folder, "WAV", "FLOAT", wave=wave), verdict)

    def with_sample(value: float, scale: float = 1.0) -> np.ndarray:
        wave = scale * noise()
        wave[77] = value
        return wave

    one = noise()
    bounds = "magnitudes up to 2.14748e+09 are read, so write the file again"
    finite = "write the file without NaN and infinity"
    silent = "above 0.0001 is accepted, so give a sound"
    cancel = "invert a channel, or keep one channel only"
    yield floats(
        "float_3e38_stereo",
        np.full((COUNT, 2), 3e38),
        f"level out of bounds: sample 0 is 3e+38; {bounds}",
    )
    yield floats(
        "one_sample_1e30",
        with_sample(1e30),
        f"level out of bounds: sample 77 is 1e+30; {bounds}",
    )
    yield floats(
        "one_nan", with_sample(np.nan), f"not finite: sample 77 is nan; {finite}"
    )
    yield floats(
        "one_inf", with_sample(-np.inf), f"not finite: sample 77 is -inf; {finite}"
    )
    yield floats("integers_as_floats", 32768 * noise(), COUNT)
    yield floats("a_click_of_3", with_sample(3.0), COUNT)
    yield floats(
        "a_click_of_1e6",
        with_sample(1e6),
        "buried by its peak: the peak is 1e+06, all but 8 samples stay within"
        f" {_ninth(with_sample(1e6)):g}, which would be silence at 16 bits; remove the"
        " peak",
    )
    yield floats("constant", np.full((COUNT, 1), 0.25), _inaudible("0.25", "0"))
    yield floats(
        "constant_and_one_step",
        np.where(np.arange(COUNT) % 2, 8192, 8193)[:, None] / 32768,
        _inaudible("0.25", "1.5e-05"),
    )
    yield floats("constant_and_noise", 0.3 + noise(), COUNT)
    yield floats(
        "zeros",
        np.zeros((COUNT, 1)),
        f"digital silence: no sample is above 0; {silent}",
    )
    yield floats(
        "inverted_stereo",
        np.hstack([one, -one]),
        "channels cancel each other: their mean keeps nothing of the loudest one;"
        f" {cancel}",
    )
    yield floats(
        "nearly_inverted_stereo",
        np.hstack([one, -0.99 * one]),
        "channels cancel each other: their mean keeps -46 dB of the loudest one;"
        f" {cancel}",
    )
    yield floats("half_inverted_stereo", np.hstack([one, -0.5 * one]), COUNT)
    yield floats("different_stereo", noise(2), COUNT)
    yield floats("one_silent_channel", np.hstack([one, 0 * one]), COUNT)


def flac(folder: Path) -> Iterator[Odd]:
    """Yield FLAC files as pipes and faults leave them."""
    whole = encoded(folder, "FLAC")
    piped = whole[:21] + bytes([whole[21] & 0xF0]) + bytes(4) + whole[26:]
    huge = whole[:21] + bytes([whole[21] | 0x0F]) + b"\xff" * 4 + whole[26:]
    lost = _damaged("flac decoder lost sync")
    yield Odd("piped.flac", piped, COUNT)
    yield Odd("piped_cut.flac", piped[: len(piped) // 2], lost)
    yield Odd(
        "huge.flac",
        huge,
        "truncated: the header states 68719476735 samples, only 8000 could be read;"
        f" {AGAIN}",
    )
    for part in CUTS:
        cut = whole[: int(len(whole) * part)]
        yield Odd(f"cut_{part * 100:.0f}.flac", cut, lost)
    middle = len(whole) // 2
    bent = whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :]
    yield Odd("one_byte_bent.flac", bent, lost)


def ogg(folder: Path) -> Iterator[Odd]:
    """Yield Ogg files with pages cut, damaged, missing or added."""
    whole = encoded(folder, "OGG", "VORBIS", wave=np.tile(noise(), (4, 1)))
    starts = [n for n in range(len(whole)) if whole.startswith(b"OggS\0", n)]
    last, before = starts[-1], starts[-2]

    def numbered(start: int) -> int:
        return int.from_bytes(whole[start + 18 : start + 22], "little")

    unmarked = bytearray(whole[last:])
    unmarked[5] &= ~4
    unmarked[22:26] = checksum(bytes(unmarked)).to_bytes(4, "little")
    yield Odd("no_end_mark.ogg", whole[:last] + bytes(unmarked), 4 * COUNT)
    for part in CUTS:
        cut = whole[: int(len(whole) * part)]
        start = max(n for n in starts if n < len(cut))
        reason = (
            f"truncated: the Ogg page at byte {start} goes beyond the end of the file"
            f" at byte {len(cut)}; {AGAIN}"
        )
        yield Odd(f"cut_{part * 100:.0f}.ogg", cut, reason)
    bent = whole[: last - 9] + bytes([whole[last - 9] ^ 1]) + whole[last - 8 :]
    yield Odd(
        "one_bit_bent.ogg",
        bent,
        f"damaged: the checksum of the Ogg page at byte {before} is wrong; {AGAIN}",
    )
    yield Odd(
        "page_missing.ogg",
        whole[:before] + whole[last:],
        f"damaged: Ogg page {numbered(before)} is followed by page {numbered(last)} at"
        f" byte {before}, so a part is missing; {AGAIN}",
    )
    yield Odd(
        "bytes_inserted.ogg",
        whole[:last] + b"junk" * 9 + whole[last:],
        f"damaged: no Ogg page at byte {last}; {AGAIN}",
    )
    yield Odd("tag_after.ogg", whole + b"TAG" + bytes(125), 4 * COUNT)
    yield Odd(
        "two_sounds.ogg",
        whole + encoded(folder, "OGG", "VORBIS", wave=noise(2)),
        f"several streams: another sound begins in the Ogg file at byte {len(whole)};"
        " write each into a file of its own",
    )


def mp3(folder: Path) -> Iterator[Odd]:
    """Yield mp3 files with and without tags, whole and cut."""
    wave = np.tile(noise(), (6, 1))
    whole = encoded(folder, "MP3", "MPEG_LAYER_III", wave=wave)
    tag = b"ID3\x03\0\0\0\0\x07\x68" + bytes(1000)
    yield Odd("whole.mp3", whole, 6 * COUNT)
    yield Odd("tag_before.mp3", tag + whole, 6 * COUNT)
    for part in CUTS:
        cut = whole[: int(len(whole) * part)]
        yield Odd(f"cut_{part * 100:.0f}.mp3", cut, _promise(len(whole), len(cut)))
    yield Odd(
        "tag_alone.mp3",
        tag[:900],
        f"truncated: its ID3 tag takes 1010 bytes, the file holds 900; {AGAIN}",
    )


def no_sounds(folder: Path) -> Iterator[Odd]:
    """Yield what is no sound file at all."""
    words = "not a sound file: it holds plain text; name a sound file"
    junk = np.random.default_rng(2).bytes(5000)
    gone = "the file does not exist; correct the path"
    yield Odd("empty.wav", b"", f"empty file: 0 bytes; {AGAIN}")
    yield Odd("words.wav", "just words, é\n".encode() * 100, words)
    yield Odd("page.mp3", b"<html><body>404 Not Found</body></html>\n" * 9, words)
    yield Odd("junk.wav", junk, UNKNOWN)
    yield Odd("junk.raw", junk, NO_HEADER)
    yield Odd("junk.au", junk, NO_HEADER)
    yield Odd("junk.vox", junk, NO_HEADER)
    yield Odd("junk.gsm", junk, NO_HEADER)
    yield Odd("zeros_of_a_lost_block.wav", bytes(8192), UNKNOWN)
    yield Odd("picture.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0" + junk, UNKNOWN)
    yield Odd("film.mp4", b"\0\0\0\x20ftypisom" + junk, UNKNOWN)
    yield Odd(
        "begins_like_mp3.wav",
        b"\xff\xe4" + junk,
        f"not a sound file that can be read: its header makes no sense; {CONVERT}",
    )
    yield Odd("missing.wav", lambda path: None, gone)
    yield Odd("link_to_nothing.wav", lambda path: path.symlink_to("nothing.wav"), gone)
    yield Odd(
        "link_to_itself.wav",
        lambda path: path.symlink_to(path.name),
        f"cannot be read: Too many levels of symbolic links; {AGAIN}",
    )
    yield Odd("folder.wav", Path.mkdir, "not a file: it is a folder; name a sound file")
    yield Odd(
        "pipe.wav",
        os.mkfifo,
        "not a file: it is a pipe or a device; name a sound file",
    )


def _promise(promised: int, held: int) -> str:
    return (
        f"truncated: the header states {promised} bytes of sound, the file holds"
        f" {held}; {AGAIN}"
    )


def _damaged(detail: str) -> str:
    return f"truncated or damaged: decoding failed ({detail}); {AGAIN}"


def _inaudible(mean: str, level: str) -> str:
    return (
        f"inaudible: without its mean of {mean} no sample is above {level}; above"
        " 0.0001 is accepted, so give a sound"
    )


def _ninth(wave: np.ndarray) -> float:
    """Return the ninth largest magnitude in float32: a thousandth of 8000 is 8."""
    return float(np.sort(np.abs(wave.astype(np.float32).ravel()))[-9])


def peak_bytes() -> int:
    """Return the most memory that this program held at once.

    Not ``ru_maxrss``: a process inherits that of the one that started it.
    """
    status = Path("/proc/self/status").read_text("utf-8")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024


def main() -> None:
    """Run the command."""
    from espnet2.gen_audio.bin.check_data import main as check_data
    from espnet2.gen_audio.bin.format_audio import main as format_audio
    from espnet2.gen_audio.kaldi.data_dir import read_data_dir, write_scp
    from espnet2.gen_audio.recipe.rejects import read_rejects

    folder = Path(sys.argv[1])
    sounds = folder / "sounds"
    sounds.mkdir(parents=True)
    paths = {}
    for odd in corpus(folder):
        path = sounds / odd.name
        if callable(odd.content):
            odd.content(path)
        else:
            path.write_bytes(odd.content)
        paths[odd.id] = str(path)
    write_scp(folder / "wav.scp", paths)
    began = time.process_time()
    raw, checked = (str(folder / name) for name in ("raw", "checked"))
    format_audio(["--data_dir", str(folder), "--output_dir", raw])
    check_data(["--data_dir", raw, "--output_dir", checked, "--min_seconds", "0"])
    result = {
        "used": read_data_dir(checked).column("utt2num_samples"),
        "left_out": {reject.id: reject.reason for reject in read_rejects(checked)},
        "seconds": time.process_time() - began,
        "bytes": peak_bytes(),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
