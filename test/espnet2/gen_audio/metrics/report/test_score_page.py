"""The page of scores: complete inside one file, escaped, with what columns sort by."""

import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest

from espnet2.gen_audio.metrics.report.score_page import (
    SCRIPT,
    Exhibit,
    Experiment,
    score_page,
)

METRIC = {
    "key": "kl",
    "title": "KL",
    "unit": "nats",
    "direction": "lower",
    "text": "a divergence.",
    "source": "this test",
    "digits": 2,
}
SCORES = {
    "settings": {"protocol": "offline"},
    "metrics": [METRIC, {**METRIC, "key": "absent", "title": "absent"}],
    "left_out": {"fd": "too few clips"},
    "rows": [
        {"name": "recordings", "seeds": [""], "clips": 2},
        {"name": "ours", "seeds": [""], "clips": 2, "kl": {"value": 1.234}},
    ],
    "comparison": {
        "first": "ours",
        "second": "theirs",
        "differences": {"kl": {"value": -1, "low": -2, "high": -0.5, "better": "ours"}},
    },
}
EXHIBIT = Exhibit(
    "ours",
    "c1",
    "<b>rain</b>",
    "data:audio/flac;base64,AA",
    "data:image/png;base64,AA",
)


class Page(HTMLParser):
    """Collects addresses, cells and text, and refuses tags that are not closed."""

    VOID = {"meta", "img", "li"}

    def __init__(self, text):
        super().__init__()
        self.open, self.addresses, self.values, self.text = [], [], [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag not in self.VOID:
            self.open.append(tag)
        self.addresses += [attributes[k] for k in ("src", "href") if k in attributes]
        if tag == "td":
            self.values.append(attributes["data-value"])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def text():
    records = [{"id": "c1", "system": "ours", "kl": 1.5}, {"id": "c2", "system": "a"}]
    one = Experiment("first <run>", SCORES, records, [EXHIBIT])
    return score_page([one, Experiment("second", SCORES)])


def test_no_address_leaves_the_file_and_the_policy_forbids_it(text):
    assert {a.split(":")[0] for a in Page(text).addresses} == {"data"}
    assert "default-src 'none'" in text and not re.search(
        r"https?:|url\(|@import", text
    )


def test_runs_stand_beside_each_other_under_their_names(text):
    assert re.findall("<h1>(.*?)</h1>", text) == [
        "first &lt;run&gt; (protocol offline)",
        "second (protocol offline)",
    ]


def test_a_column_sorts_by_the_number_and_not_by_what_is_shown(text):
    page = Page(text)
    assert "1.234" in page.values and "1.23" in page.text
    assert "KL \N{DOWNWARDS ARROW}" in page.text and "absent" not in page.text
    assert "left out: fd: too few clips" in page.text


DOCUMENT = """
let clicked, rows = ['3', '', '-1', '10'].map(v => ({cells: [{dataset: {value: v}}]}));
const body = {rows, appendChild: r => {
  rows.splice(rows.indexOf(r), 1); rows.push(r); }};
const head = {dataset: {}, cellIndex: 0, closest: () => ({tBodies: [body]}),
  addEventListener: (name, f) => { clicked = f; }};
const document = {querySelectorAll: () => [head]};
"""
CLICKS = """
for (const n of [1, 2]) {
  clicked(); console.log(rows.map(r => r.cells[0].dataset.value).join(' ')); }
"""


@pytest.mark.skipif(not shutil.which("node"), reason="needs apt-get install nodejs")
def test_the_script_sorts_numbers_up_and_down_and_keeps_blanks_last():
    script = DOCUMENT + SCRIPT + CLICKS
    done = subprocess.run(["node", "-e", script], capture_output=True, text=True)
    assert done.stdout.splitlines() == ["-1 3 10 ", "10 3 -1 "], done.stderr


def test_captions_are_text_whatever_they_hold(text):
    assert "<b>rain" not in text and "<b>rain</b>" in Page(text).text


def test_clips_have_a_player_and_a_picture_and_winners_are_named(text):
    assert '<audio controls src="data:audio/flac;base64,AA">' in text
    assert "ours minus theirs" in text and "-1.00 [-2.00, -0.50]" in text
    assert "c2" in Page(text).text


def test_results_without_settings_or_clips_have_a_page():
    scores = {"metrics": [METRIC], "rows": SCORES["rows"]}
    assert "<h1>old</h1>" in score_page([Experiment("old", scores)])
