"""The page in headless Chromium, with a tiny system: what people do with it."""

import json
import shutil
import sys
import tempfile
import threading
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
import soundfile

from espnet2.gen_audio.bin.gen_audio import get_parser
from espnet2.gen_audio.demo import sound_maker
from espnet2.gen_audio.demo.server import page_served
from espnet2.gen_audio.demo.sound_maker import SoundMaker
from espnet2.gen_audio.pipeline.text2audio import Text2Audio

pytestmark = [
    pytest.mark.skipif(
        find_spec("gradio") is None, reason="needs tools/setup_env.sh --demo"
    ),
    pytest.mark.skipif(
        not (shutil.which("chromium") and shutil.which("chromedriver"))
        or find_spec("selenium") is None,
        reason="needs apt-get install chromium chromium-driver; pip install selenium",
    ),
]
PATIENCE = 120  # seconds, of a busy machine
# before the page's own scripts: what is played is kept, and makes no noise
KEEP_PLAYED = """
window.played = []; const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function() {
  this.muted = true; window.played.push(this); return play.call(this); };
"""


@pytest.fixture(scope="module")
def maker(editor):
    """Make sounds of the tiny system, as ``--demo --steps 2`` does."""
    parser = get_parser()
    args = parser.parse_args(["--demo", "--model", "tiny", "--steps", "2"])
    with tempfile.TemporaryDirectory() as folder:
        yield SoundMaker(Text2Audio(editor), parser, args, Path(folder))


@pytest.fixture(scope="module")
def calls():
    """Note every address that this process connects to or looks up."""
    found, noting = [], [True]

    def note(event, arguments):
        if noting and event in ("socket.connect", "socket.getaddrinfo"):
            found.append(arguments[1] if event == "socket.connect" else arguments)

    sys.addaudithook(note)  # it cannot be taken away
    yield found
    noting.clear()


@pytest.fixture(scope="module")
def server(maker, calls):
    with page_served(maker, 0) as page:
        yield page


@pytest.fixture(scope="module")
def driver(server):
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    words = "headless=new no-sandbox disable-dev-shm-usage window-size=1180,1400 "
    words += "autoplay-policy=no-user-gesture-required"
    for word in words.split():
        options.add_argument(f"--{word}")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    driver = webdriver.Chrome(options, service)
    driver.set_script_timeout(PATIENCE)
    script = "Page.addScriptToEvaluateOnNewDocument"
    driver.execute_cdp_cmd(script, {"source": KEEP_PLAYED})
    yield driver
    driver.quit()


def once(condition):
    """Return the first true value of a condition; elements may not be there yet."""
    from selenium.common.exceptions import WebDriverException

    end, failure = time.monotonic() + PATIENCE, None
    while time.monotonic() < end:
        try:
            if value := condition():
                return value
        except WebDriverException as error:
            failure = error
        time.sleep(0.05)
    raise AssertionError(f"{PATIENCE} s passed without it") from failure


class Tab:
    """The page, fresh, as a person uses it."""

    def __init__(self, driver, url):
        self.driver = driver
        driver.get(url)
        once(lambda: self.element("#field-prompt textarea").is_displayed())

    def element(self, selector):
        return self.driver.find_element("css selector", selector)

    def enter(self, option, text):
        self.element(f"#field-{option} :is(textarea, input)").send_keys(text)

    def choose(self, option, choice):
        self.element(f"#field-{option} input").click()
        found = f"//*[@role='option'][contains(., '{choice}')]"
        once(lambda: self.driver.find_element("xpath", found)).click()

    def upload(self, path):
        chooser = "#field-source input[type=file]"
        once(lambda: self.element(chooser)).send_keys(str(path))

    def generate(self):
        self.element("#generate").click()

    def answer(self):
        return self.element("#answer textarea").get_property("value")

    def answered(self):
        return once(self.answer)

    def answered_with(self, words):
        """Press the button until the upload is there and the answer has words."""

        def pressed():
            if words in self.answer():
                return self.answer()
            self.generate()
            time.sleep(0.5)

        return once(pressed)


@pytest.fixture
def tab(driver, server):
    return Tab(driver, server.url)


def test_a_prompt_becomes_a_sound_that_plays_and_is_that_of_the_command(tab, maker):
    tab.enter("prompt", "a dog barks")
    tab.generate()
    assert tab.answered().startswith("0.64 s of sound, made in ")
    once(lambda: tab.element("#sound button[aria-label='Play']")).click()
    once(lambda: tab.driver.execute_script("return played.some(one => one.ended)"))
    lasted = tab.driver.execute_script("return played.find(one => one.ended).duration")
    assert lasted == pytest.approx(0.64, abs=0.01)
    script = """
    fetch(arguments[0]).then(r => r.arrayBuffer()).then(b =>
      arguments[1](Array.from(new Uint8Array(b))))"""
    link = tab.element("#sound a[download]").get_attribute("href")
    served = bytes(tab.driver.execute_async_script(script, link))
    expected = maker.answer({"prompt": "a dog barks", "steps": "2"})
    assert served == expected.sound.read_bytes()
    width = "return document.querySelector('#spectrogram img').naturalWidth"
    assert once(lambda: tab.driver.execute_script(width)) == 720


def test_an_upload_is_continued_after_the_fields_of_the_task_are_shown(
    tab, source, tmp_path
):
    soundfile.write(tmp_path / "in.wav", source.wave.numpy(), 16000)
    assert not tab.driver.find_elements("css selector", "#field-source, #field-span")
    tab.choose("task", "continuation")
    tab.upload(tmp_path / "in.wav")
    tab.enter("seconds", "0.5")
    assert tab.answered_with("1.4 s").startswith("1.4 s of sound")  # 0.9 given
    assert "--source=in.wav" in tab.element("#command textarea").get_property("value")


def test_a_bad_upload_shows_the_line_of_the_command(tab, tmp_path):
    (tmp_path / "bad.wav").write_bytes(b"RIFF of nothing")
    tab.choose("task", "super_resolution")
    tab.upload(tmp_path / "bad.wav")
    line = tab.answered_with("bad.wav")
    assert line.startswith("error: bad.wav: truncated") and "\n" not in line
    assert "Traceback" not in tab.driver.page_source


def test_wrong_numbers_show_the_line_of_the_command(tab):
    tab.enter("prompt", "a dog")
    tab.enter("seconds", "-1")
    tab.generate()
    assert (
        tab.answered()
        == "error: argument --seconds: got '-1'; give a number above 0 to 3600"
    )


def test_two_requests_at_once_are_made_one_after_the_other(driver, server, monkeypatch):
    inside, most, go_on = [], [], threading.Event()
    sounds_of = sound_maker.sounds_of

    def slow(*words):
        inside.append(words)
        most.append(len(inside))
        assert go_on.wait(PATIENCE)
        inside.pop()
        return sounds_of(*words)

    monkeypatch.setattr(sound_maker, "sounds_of", slow)
    first = driver.current_window_handle
    Tab(driver, server.url).enter("prompt", "a dog")
    tab = Tab(driver, server.url)
    tab.enter("prompt", "a dog")
    tab.generate()
    once(lambda: inside)
    driver.switch_to.new_window("tab")
    other = Tab(driver, server.url)
    other.enter("prompt", "rain")
    other.generate()
    status = "[data-testid=status-tracker]"
    text = f"return [...document.querySelectorAll('{status}')].map(e => e.innerText)"
    once(lambda: "queue: 1/1" in str(driver.execute_script(text)))
    assert len(inside) == 1  # the second waits
    go_on.set()
    assert "s of sound" in other.answered()
    driver.close()
    driver.switch_to.window(first)
    assert "s of sound" in tab.answered() and most == [1, 1]


def test_no_request_leaves_the_machine_even_if_the_page_is_made_to_try(
    driver, server, tab, calls
):
    logged = [
        json.loads(one["message"])["message"] for one in driver.get_log("performance")
    ]
    sent = [
        one["params"]["request"]["url"]
        for one in logged
        if one["method"] == "Network.requestWillBeSent"
    ]
    others = [u for u in sent if not u.startswith((server.url, "blob:", "data:"))]
    assert len(sent) > 100 and others == []
    script = "const i = new Image(); i.onload = i.onerror = e => arguments[1](e.type);"
    script += "i.src = arguments[0]"
    own = server.url + "static/img/logo_nosize.svg"
    other = own.replace("127.0.0.1", "localhost")  # there, but of another name
    assert driver.execute_async_script(script, own) == "load"
    assert driver.execute_async_script(script, other) == "error"
    # and the server, with all of Gradio, has looked up and called nobody else
    assert {str(each[0]) for each in calls} <= {"127.0.0.1", "localhost"}
