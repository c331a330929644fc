"""The page of scores: complete inside one file, escaped, with what columns sort by."""

import json
import re
import shutil
import subprocess
import threading
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec

import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.metrics.protocol.run import SetScores
from espnet2.gen_audio.metrics.report import score_page as page_module
from espnet2.gen_audio.metrics.report.exhibits import exhibits_of
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


def test_a_page_of_many_clips_lists_the_first_and_names_the_file_of_all(monkeypatch):
    monkeypatch.setattr(page_module, "MOST_RECORDS", 2)
    records = [{"id": f"c{n}", "kl": float(n)} for n in range(3)]
    text = score_page([Experiment("run", SCORES, records)])
    assert "The first 2 of 3 clips (all: clips.jsonl)" in text
    assert "c1" in Page(text).values and "c2" not in Page(text).values
    whole = score_page([Experiment("run", SCORES, records[:2])])
    assert "<h2>All clips</h2>" in whole


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


@pytest.fixture(scope="module")
def server():
    """Return the address of a server on this machine, and the requests it gets."""
    requests = []

    class Handler(BaseHTTPRequestHandler):
        """Notes every request."""

        def do_GET(self):  # noqa: N802
            requests.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}", requests
        http.shutdown()


@pytest.fixture(scope="module")
def browser(server, tmp_path_factory):
    """Return headless Chromium with a page of two clips open."""
    from selenium import webdriver

    root, (address, _) = tmp_path_factory.mktemp("page"), server
    wavs = {clip: root / f"{clip}.wav" for clip in ("c1", "c2")}
    for path in wavs.values():
        soundfile.write(path, np.sin(np.arange(8000) / 5) / 2, 16000)
    captions = {"c1": f"<img src={address}/caption>", "c2": "rain"}
    every = {"recordings": {"": wavs}, "ours": {"": wavs}}
    exhibits = exhibits_of(SetScores(SCORES, [], {}, every, captions))
    records = [{"id": f"c{n}", "kl": value} for n, value in enumerate((3, -1, 10))]
    page = root / "scores.html"
    page.write_text(score_page([Experiment("a", SCORES, records, exhibits)]), "utf-8")
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    words = "headless=new no-sandbox disable-dev-shm-usage "
    words += "autoplay-policy=no-user-gesture-required"
    for word in words.split():
        options.add_argument(f"--{word}")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    driver = webdriver.Chrome(options, service)
    driver.set_script_timeout(20)
    driver.get(page.as_uri())
    yield driver
    driver.quit()


in_chromium = pytest.mark.skipif(
    not (shutil.which("chromium") and shutil.which("chromedriver"))
    or find_spec("selenium") is None,
    reason="needs apt-get install chromium chromium-driver; pip install selenium",
)
ROWS = "return [...document.querySelectorAll('table')].at(-1).tBodies[0].innerText"
PLAY = """
const done = arguments[0], player = document.querySelector('audio');
player.muted = true;
player.addEventListener('ended', () => done([player.duration, player.currentTime]));
player.addEventListener('error', () => done('error'));
player.play().catch(error => done(String(error)));
"""


@in_chromium
def test_in_chromium_a_click_sorts_a_table_up_and_down(browser):
    heads = browser.find_elements("css selector", "table:last-of-type th")
    (head,) = [one for one in heads if one.text == "kl"]
    for expected in (["c1", "c0", "c2"], ["c2", "c0", "c1"]):
        browser.execute_script("arguments[0].click()", head)
        assert re.findall(r"c\d", browser.execute_script(ROWS)) == expected


@in_chromium
def test_in_chromium_a_player_plays_to_its_end_and_all_pictures_load(browser):
    found = browser.execute_async_script(PLAY)
    assert found == [0.5, 0.5]
    script = "return [...document.images].map(i => i.complete && i.naturalWidth)"
    assert browser.execute_script(script) == [browser.execute_script(script)[0]] * 4
    assert browser.execute_script(script)[0] > 100


@in_chromium
def test_in_chromium_no_request_leaves_even_if_the_page_is_made_to_try(browser, server):
    address, requests = server
    script = "fetch(arguments[0]).then(arguments[1], e => arguments[1](e.name))"
    assert browser.execute_async_script(script, f"{address}/fetch") == "TypeError"
    script = "const i = new Image(); i.onload = i.onerror = e => arguments[1](e.type);"
    script += "i.src = arguments[0]"
    assert browser.execute_async_script(script, f"{address}/image") == "error"
    logged = [json.loads(one["message"]) for one in browser.get_log("performance")]
    sent = [
        one["message"]["params"]["request"]["url"].split(":")[0]
        for one in logged
        if one["message"]["method"] == "Network.requestWillBeSent"
    ]
    assert requests == [] and {"file", "data"} >= set(sent) - {"http"}
    assert "file" in sent
