"""VERSA's own metrics for the sets of a run: its scorer is called with its own config.

VERSA (github.com/wavlab-speech/versa) has some ninety metrics, many with weights and
packages of their own. Its scorer runs once for the recordings and once for every set
and seed, as its documentation calls it::

    python -m versa.bin.scorer --score_config FILE --pred wav.scp --gt wav.scp
        --text text --io soundfile --output_file OUT

and writes one JSON line per clip. The mean of every number is a metric ``versa_<name>``
here; counts of edits (``whisper_wer_equal`` and so on) become an error rate. Results
are kept under a digest of sounds and config, so that a set is not scored twice.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from espnet2.gen_audio.files.atomic_file import atomic_path, write_text
from espnet2.gen_audio.files.plain_json import load_json
from espnet2.gen_audio.files.regular_file import regular
from espnet2.gen_audio.metrics.encoders.encoding import file_digest
from espnet2.gen_audio.metrics.evaluation.metric import ClipKey
from espnet2.gen_audio.metrics.evaluation.row_scorer import Record
from espnet2.gen_audio.metrics.functional.estimate import (
    Estimate,
    bootstrap_ratio,
    bootstrap_ratio_difference,
)
from espnet2.gen_audio.metrics.protocol.options_of_run import RunOptions
from espnet2.gen_audio.metrics.protocol.sets import ScoredSets

SCORER = "versa.bin.scorer"
EDITS = ("delete", "insert", "replace", "equal")
Ratio = tuple[float, float]  # numerator and denominator of a clip
Lines = Mapping[str, Mapping[str, Any]]  # id -> numbers and texts


@dataclass(frozen=True)
class VersaScores:
    """Results of VERSA's scorer.

    Args:
        sets: The sounds.
        options: Options of the run.
        values: Numerator and denominator of each clip, by set and key.
        records: The numbers of each clip, as VERSA names them.
    """

    sets: ScoredSets
    options: RunOptions
    values: dict[str, dict[str, dict[ClipKey, Ratio]]] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)

    @property
    def keys(self) -> list[str]:
        """Keys of all metrics, sorted."""
        return sorted({key for found in self.values.values() for key in found})

    def add(self, name: str, seed: str, lines: Lines) -> None:
        """Add the results of one set and seed."""
        of_set = self.values.setdefault(name, {})
        for clip, numbers in lines.items():
            for key, ratio in _ratios(numbers).items():
                of_set.setdefault(key, {})[seed, clip] = ratio
            own = {f"versa_{key}": value for key, value in numbers.items()}
            self.records.append({"id": clip, "system": name, "seed": seed, **own})

    def rows(self) -> dict[str, dict[str, Any]]:
        """Return the entries of each row, by name of the set."""
        return {
            name: {key: self._estimate(ratios).to_dict() for key, ratios in own.items()}
            for name, own in self.values.items()
        }

    def describe(self) -> list[dict[str, str | int]]:
        """Return the descriptions of the metrics for scores.json."""
        return [
            {
                "key": key,
                "title": f"VERSA {key.removeprefix('versa_')}",
                "unit": "% of units" if key.endswith("er_percent") else "as in VERSA",
                "direction": "neither",  # VERSA's lines do not state it
                "text": "mean of VERSA's own values of the clips.",
                "source": "github.com/wavlab-speech/versa",
                "digits": 3,
            }
            for key in self.keys
        ]

    def differences(self, first: str, second: str) -> dict[str, Estimate]:
        """Return the first set minus the second one, paired by id.

        Args:
            first: Name of a set.
            second: Name of another set.

        Returns:
            Difference by key, for the keys that both have.
        """
        found = {}
        for key in self.keys:
            pair = [self.values.get(name, {}).get(key) for name in (first, second)]
            sums = [_by_id(one) for one in pair if one]
            if len(sums) == 2 and sums[0].keys() == sums[1].keys():
                ids = sorted(sums[0])
                ratios = [tuple(zip(*(one[clip] for clip in ids))) for one in sums]
                groups = [self.sets.reference.recordings[clip] for clip in ids]
                settings = self.options.draws, self.options.seed
                found[key] = bootstrap_ratio_difference(*ratios, groups, *settings)
        return found

    def _estimate(self, ratios: Mapping[ClipKey, Ratio]) -> Estimate:
        groups = [self.sets.reference.recordings[clip] for _, clip in ratios]
        above, below = zip(*ratios.values())
        return bootstrap_ratio(
            above, below, groups, self.options.draws, self.options.seed
        )


def score_with_versa(
    config: Path, sets: ScoredSets, options: RunOptions
) -> VersaScores:
    """Run VERSA's scorer on the recordings and on every set.

    Args:
        config: VERSA's score config, a YAML file.
        sets: The sounds; transcripts are handed over if there are any.
        options: Options of the run.

    Returns:
        The results.

    Raises:
        ValueError: If VERSA is not installed, there is no config, or the scorer fails.
    """
    if not config.is_file():
        raise ValueError(f"--versa {config}: there is no such file; give VERSA's YAML")
    if find_spec("versa") is None or find_spec(SCORER) is None:
        raise ValueError(
            f"--versa needs VERSA ({SCORER}), which is not installed; install it from "
            "github.com/wavlab-speech/versa (the package named versa of the registry "
            "is another project)"
        )
    found = VersaScores(sets, options)
    folder = options.output_dir / "versa_scorer"
    reference = sets.reference.wavs
    found.add("recordings", "", _scored(config, folder, reference, None, sets))
    for name, seeds in sets.wavs.items():
        for seed, wavs in seeds.items():
            found.add(name, seed, _scored(config, folder, wavs, reference, sets))
    return found


def _scored(
    config: Path,
    folder: Path,
    wavs: Mapping[str, Path],
    reference: Mapping[str, Path] | None,
    sets: ScoredSets,
) -> Lines:
    """Return VERSA's lines for one set, by id."""
    tables = {"pred": wavs, **({"gt": reference} if reference else {})}
    digest = hashlib.sha256(file_digest(config).encode())
    for table in tables.values():
        digest.update(
            "".join(f"{c} {file_digest(p)}\n" for c, p in table.items()).encode()
        )
    digest.update(repr(sets.transcripts).encode())
    place = folder / digest.hexdigest()[:16]
    output = place / "scores.jsonl"
    if not output.is_file():
        words = ["--score_config", str(config), "--io", "soundfile"]
        for option, table in tables.items():
            scp = place / f"{option}.scp"
            write_text(scp, "".join(f"{c} {p.resolve()}\n" for c, p in table.items()))
            words += [f"--{option}", str(scp)]
        if sets.transcripts:
            text = "".join(f"{c} {said}\n" for c, said in sets.transcripts.items())
            write_text(place / "text", text)
            words += ["--text", str(place / "text")]
        with atomic_path(output) as path:
            _run([*words, "--output_file", str(path)], place / "log")
    return _read(output, wavs)


def _run(words: Sequence[str], log: Path) -> None:
    with log.open("w") as file:
        done = subprocess.run(
            [sys.executable, "-m", SCORER, *words],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env=os.environ,
            check=False,
        )
    if done.returncode:
        raise ValueError(
            f"VERSA's scorer ended with status {done.returncode}; its log is {log}"
        )


def _read(path: Path, ids: Mapping[str, Path]) -> Lines:
    """Return the lines of a file of VERSA's; every id must have one."""
    found: dict[str, Mapping[str, Any]] = {}
    for number, line in enumerate(regular(path).read_text("utf-8").splitlines(), 1):
        try:
            content = dict(load_json(line))
            found[str(content.pop("key"))] = content
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"{path}, line {number}: no line of VERSA's") from error
    missing = [clip for clip in ids if clip not in found]
    if missing:
        raise ValueError(f"{path} lacks {missing[0]}; see VERSA's log beside it")
    return {clip: found[clip] for clip in ids}


def _ratios(numbers: Mapping[str, Any]) -> dict[str, Ratio]:
    """Return each metric of a clip; edits as errors over units, in percent."""
    found: dict[str, Ratio] = {}
    for name, value in numbers.items():
        stem, _, edit = name.rpartition("_")
        if edit in EDITS and all(f"{stem}_{one}" in numbers for one in EDITS):
            counts = {one: float(numbers[f"{stem}_{one}"]) for one in EDITS}
            units = counts["delete"] + counts["replace"] + counts["equal"]
            errors = counts["delete"] + counts["replace"] + counts["insert"]
            found[f"versa_{stem}_percent"] = 100 * errors, units
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            if value == value:  # VERSA writes NaN where a metric has no value
                found[f"versa_{name}"] = float(value), 1.0
    return found


def _by_id(ratios: Mapping[ClipKey, Ratio]) -> dict[str, Ratio]:
    """Return numerator and denominator of each id, summed over its seeds."""
    sums: dict[str, Ratio] = {}
    for (_, clip), (above, below) in ratios.items():
        first, second = sums.get(clip, (0.0, 0.0))
        sums[clip] = first + above, second + below
    return sums
