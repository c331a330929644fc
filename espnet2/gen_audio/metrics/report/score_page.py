"""Scores as one HTML page that works offline: tables that sort, players, pictures.

Everything is inside the file: styles, the script that sorts, sounds as FLAC and
spectrograms as PNG in ``data:`` addresses. A content security policy forbids any other
address, so that no request leaves the machine. Text of others is escaped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from espnet2.gen_audio.metrics.report.row_names import row_title
from espnet2.gen_audio.metrics.report.score_table import DASH, cell, present_metrics

POLICY = (
    "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'"
)
STYLE = """
body { font: 14px/1.4 sans-serif; margin: 2em; color: #222; }
table { border-collapse: collapse; margin: 1em 0; }
th, td { padding: .25em .7em; border-bottom: 1px solid #ddd; text-align: right; }
th:first-child, td:first-child { text-align: left; }
th { cursor: pointer; background: #f4f4f4; vertical-align: bottom; }
img { display: block; width: 240px; height: 64px; }
audio { width: 240px; height: 32px; }
.scroll { overflow-x: auto; max-height: 80vh; }
"""
MOST_RECORDS = 6000  # clips in the table of all clips
SCRIPT = """
document.querySelectorAll('th').forEach(function (head) {
  head.addEventListener('click', function () {
    var body = head.closest('table').tBodies[0], column = head.cellIndex;
    var up = head.dataset.up !== 'yes';
    head.dataset.up = up ? 'yes' : 'no';
    var value = function (row) { return row.cells[column].dataset.value; };
    Array.from(body.rows).sort(function (a, b) {
      var x = value(a), y = value(b);
      if (x === '' || y === '') { return (x === '') - (y === ''); }
      var order = isNaN(x) || isNaN(y) ? x.localeCompare(y) : x - y;
      return up ? order : -order;
    }).forEach(function (row) { body.appendChild(row); });
  });
});
"""


@dataclass(frozen=True)
class Exhibit:
    """One clip that can be played.

    Args:
        system: Name of its system.
        clip: Its id.
        caption: Its caption; may be empty.
        sound: Address of the sound, ``data:audio/flac;base64,...``.
        picture: Address of its spectrogram, ``data:image/png;base64,...``.
    """

    system: str
    clip: str
    caption: str
    sound: str
    picture: str


@dataclass(frozen=True)
class Experiment:
    """The results of one run on one page.

    Args:
        name: Its heading.
        scores: Content of scores.json.
        records: One record a clip; may be empty. The page has the first
            ``MOST_RECORDS``.
        exhibits: Clips that can be played; may be empty.
    """

    name: str
    scores: Mapping[str, Any]
    records: Sequence[Mapping[str, Any]] = ()
    exhibits: Sequence[Exhibit] = field(default_factory=tuple)


def score_page(experiments: Sequence[Experiment]) -> str:
    """Return the page.

    Args:
        experiments: One or more runs, each under its own name.

    Returns:
        HTML in UTF-8, complete.
    """
    title = "Scores: " + ", ".join(one.name for one in experiments)
    parts = [part for one in experiments for part in _sections(one)]
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>",
            *parts,
            f"<script>{SCRIPT}</script></body></html>",
            "",
        ]
    )


def _sections(one: Experiment) -> list[str]:
    """Return heading, tables and clips of one run."""
    protocol = one.scores.get("settings", {}).get("protocol")
    name = escape(one.name) + (f" (protocol {escape(protocol)})" if protocol else "")
    parts = [f"<h1>{name}</h1>", _rows_table(one.scores), _meanings(one.scores)]
    if "comparison" in one.scores:
        parts += ["<h2>Comparison</h2>", _comparison_table(one.scores)]
    if one.exhibits:
        parts += ["<h2>Clips</h2>", _players_table(one.exhibits)]
    if one.records:
        parts += [_records_heading(len(one.records))]
        parts += [_records_table(one.records[:MOST_RECORDS])]
    return parts


def _rows_table(scores: Mapping[str, Any]) -> str:
    metrics = present_metrics(scores)
    arrows = {"higher": " \N{UPWARDS ARROW}", "lower": " \N{DOWNWARDS ARROW}"}
    heads = [m["title"] + arrows.get(m["direction"], "") for m in metrics]
    lines = []
    for row in scores["rows"]:
        cells = [_text(row_title(row["name"])), _number(row["clips"], 0)]
        for metric in metrics:
            entry = row.get(metric["key"])
            shown = cell(entry, metric["digits"]) if entry else DASH
            cells.append(_cell(escape(shown), entry["value"] if entry else ""))
        lines.append(cells)
    return _table(["", "clips", *heads], lines)


def _comparison_table(scores: Mapping[str, Any]) -> str:
    found, of_key = scores["comparison"], {m["key"]: m for m in scores["metrics"]}
    lines = [
        [
            _text(of_key[key]["title"]),
            _cell(escape(cell(entry, of_key[key]["digits"])), entry["value"]),
            _text(entry["better"] or DASH),
        ]
        for key, entry in found["differences"].items()
    ]
    return _table(["", f"{found['first']} minus {found['second']}", "better"], lines)


def _players_table(exhibits: Sequence[Exhibit]) -> str:
    systems = list(dict.fromkeys(one.system for one in exhibits))
    by_clip: dict[str, dict[str, Exhibit]] = {}
    for one in exhibits:
        by_clip.setdefault(one.clip, {})[one.system] = one
    lines = []
    for clip, found in by_clip.items():
        caption = next(iter(found.values())).caption
        lines.append([_text(clip), _text(caption)])
        lines[-1] += [_player(found.get(system)) for system in systems]
    return _table(["id", "caption", *systems], lines)


def _player(one: Exhibit | None) -> str:
    if one is None:
        return _text(DASH)
    picture = f'<img src="{one.picture}" alt="spectrogram of {escape(one.clip)}">'
    return _cell(f'{picture}<audio controls src="{one.sound}"></audio>', one.clip)


def _records_heading(count: int) -> str:
    """Return a heading; browsers do not sort tables of tens of thousands of rows."""
    if count <= MOST_RECORDS:
        return "<h2>All clips</h2>"
    return f"<h2>The first {MOST_RECORDS} of {count} clips (all: clips.jsonl)</h2>"


def _records_table(records: Sequence[Mapping[str, Any]]) -> str:
    keys = list(dict.fromkeys(key for one in records for key in one))
    lines = [[_value(one.get(key)) for key in keys] for one in records]
    return _table(keys, lines)


def _meanings(scores: Mapping[str, Any]) -> str:
    items = "".join(
        f"<li><b>{escape(m['title'])}</b> ({escape(m['unit'])}): {escape(m['text'])}"
        for m in present_metrics(scores)
    )
    reasons = scores.get("left_out", {}).items()
    missing = "".join(f"<li>left out: {escape(k)}: {escape(v)}" for k, v in reasons)
    return f"<details><summary>columns</summary><ul>{items}{missing}</ul></details>"


def _table(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(head)}</th>" for head in heads)
    rows = "\n".join(f"<tr>{''.join(line)}</tr>" for line in lines)
    return (
        f'<div class="scroll"><table><thead><tr>{top}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _value(value: object) -> str:
    if isinstance(value, (int, float)):
        return _number(value, 6)
    return _text("" if value is None else str(value))


def _number(value: float, digits: int) -> str:
    return _cell(f"{value:.{digits}g}" if digits else str(value), value)


def _text(text: str) -> str:
    return _cell(escape(text), text)


def _cell(shown: str, value: object) -> str:
    """Return a cell; ``shown`` is HTML, the value is what its column sorts by."""
    return f'<td data-value="{escape(str(value))}">{shown}</td>'
