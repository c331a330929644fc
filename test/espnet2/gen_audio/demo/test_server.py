"""The server is of this machine alone, and refuses in one line what it lacks."""

import asyncio
import socket
from importlib.metadata import PackageNotFoundError

import pytest

from espnet2.gen_audio.bin import gen_audio
from espnet2.gen_audio.demo import server


def test_without_gradio_the_line_says_how_to_get_it(monkeypatch, capsys):
    def missing(name):
        raise PackageNotFoundError(name)

    loaded = []
    monkeypatch.setattr(gen_audio.Text2Audio, "from_pretrained", loaded.append)
    for found in (missing, lambda name: "5.49.1"):
        monkeypatch.setattr(server, "version", found)
        with pytest.raises(SystemExit) as stop:
            gen_audio.main(["--demo", "--model", "x"])
        line = capsys.readouterr().err
        assert stop.value.code == 2 and line.count("\n") == 1 and loaded == []
        assert "needs Gradio 6, which is " in line
        assert "tools/setup_env.sh --demo, or pip install" in line


@pytest.fixture
def with_gradio(monkeypatch):
    monkeypatch.setattr(server, "version", lambda name: "6.31.0")


@pytest.mark.parametrize(
    "words, message",
    [
        (["-o", "a.wav"], "--output a.wav was given, but --demo makes sounds of what"),
        (["--source", "a.wav"], "--source a.wav was given, but"),
        (["--json"], "--json True was given, but"),
        (
            ["--port", "70000"],
            "--port: got '70000'; give a whole number from 1 to 65535",
        ),
        (["--scheduler", "nope"], "'nope' is unknown"),
        (["--model", "not/there"], "not/there"),
    ],
)
def test_wrong_options_beside_the_page_end_in_one_line(
    with_gradio, capsys, words, message
):
    with pytest.raises(SystemExit) as stop:
        gen_audio.main(["--demo", "--model", "x", *words])
    assert stop.value.code == 2
    assert message in capsys.readouterr().err.splitlines()[-1]


def test_a_missing_model_is_the_usual_refusal(with_gradio, capsys):
    with pytest.raises(SystemExit):
        gen_audio.main(["a dog", "-o", "a.wav", "--model", "not/there"])
    usual = capsys.readouterr().err
    with pytest.raises(SystemExit):
        gen_audio.main(["--demo", "--model", "not/there"])
    assert capsys.readouterr().err == usual


def test_a_taken_port_is_refused_and_the_next_one_is_the_default(monkeypatch):
    with socket.socket() as first, socket.socket() as second:
        server._bind(first, 0)
        host, port = first.getsockname()
        first.listen()
        assert host == "127.0.0.1"
        with pytest.raises(ValueError, match=f"--port {port}: .*in use.*another port"):
            server._bind(second, port)
        monkeypatch.setattr(server, "PORTS", (port, 0))
        server._bind(second, None)
        assert second.getsockname()[1] != port


def test_every_answer_has_the_policy():
    sent = []

    async def application(scope, receive, send):
        await send({"type": "http.response.start", "headers": [(b"a", b"b")]})
        await send({"type": "http.response.body", "body": b"text"})

    async def keep(message):
        sent.append(message)

    asyncio.run(server.PolicyHeader(application)({}, None, keep))
    policy = b"content-security-policy", server.POLICY.encode()
    assert sent[0]["headers"] == [(b"a", b"b"), policy]
    assert sent[1] == {"type": "http.response.body", "body": b"text"}
    assert "default-src 'self'" in server.POLICY and "http" not in server.POLICY
