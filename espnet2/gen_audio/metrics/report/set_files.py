"""The files of a run on anybody's sounds: scores, clips, VERSA's lines, lock, page."""

import json
from pathlib import Path

from espnet2.gen_audio.files.atomic_file import write_json, write_text
from espnet2.gen_audio.metrics.protocol.run import SetScores
from espnet2.gen_audio.metrics.report.exhibits import exhibits_of
from espnet2.gen_audio.metrics.report.score_page import Experiment, score_page
from espnet2.gen_audio.metrics.report.versa_files import write_versa


def write_set_files(folder: Path, found: SetScores) -> None:
    """Write all files; scores.json last, as the sign that the run is complete.

    Args:
        folder: Gets clips.jsonl, versa/, protocol.lock, scores.html and scores.json.
        found: Results of the run.
    """
    lines = [json.dumps(record, ensure_ascii=False) for record in found.records]
    write_text(folder / "clips.jsonl", "\n".join(lines) + "\n")
    write_versa(folder / "versa", found.records)
    write_json(folder / "protocol.lock", found.lock)
    name = folder.resolve().name
    page = Experiment(name, found.scores, found.records, exhibits_of(found))
    write_text(folder / "scores.html", score_page([page]))
    write_json(folder / "scores.json", found.scores)
