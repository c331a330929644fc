"""A run on anybody's sounds and its files: scores, clips, VERSA's lines, lock, page."""

import json
import logging
from pathlib import Path

from espnet2.gen_audio.files.atomic_file import atomic_path, write_json, write_text
from espnet2.gen_audio.metrics.protocol.run import (
    SetRequest,
    SetScores,
    run_part,
    run_protocol,
)
from espnet2.gen_audio.metrics.report.exhibits import exhibits_of
from espnet2.gen_audio.metrics.report.score_page import Experiment, score_page
from espnet2.gen_audio.metrics.report.score_table import (
    comparison_table,
    markdown_table,
)
from espnet2.gen_audio.metrics.report.versa_files import write_versa


def score_sets(request: SetRequest) -> str:
    """Score anybody's sounds under a protocol and write the files.

    Args:
        request: What the user asks for; with a part, its clips are only encoded.

    Returns:
        The tables in Markdown; empty for a part.
    """
    import torch
    from threadpoolctl import threadpool_limits

    folder = request.options.output_dir
    torch.set_num_threads(1)  # clips are computed in parallel, see --num_threads
    with threadpool_limits(limits=1):
        if request.options.part is not None:
            run_part(request)
            logging.info("encodings are in %s", folder)
            return ""
        found = run_protocol(request)
    write_set_files(folder, found)
    logging.info("scores are in %s", folder / "scores.json")
    return f"{markdown_table(found.scores)}\n{comparison_table(found.scores)}"


def write_set_files(folder: Path, found: SetScores) -> None:
    """Write all files; scores.json last, as the sign that the run is complete.

    Args:
        folder: Gets clips.jsonl, versa/, protocol.lock, scores.html and scores.json.
        found: Results of the run.
    """
    with atomic_path(folder / "clips.jsonl") as path:
        with path.open("w", encoding="utf-8", newline="\n") as file:
            for record in found.records:
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
    write_versa(folder / "versa", found.records)
    write_json(folder / "protocol.lock", found.lock)
    name = folder.resolve().name
    page = Experiment(name, found.scores, found.records, exhibits_of(found))
    write_text(folder / "scores.html", score_page([page]))
    write_json(folder / "scores.json", found.scores)
