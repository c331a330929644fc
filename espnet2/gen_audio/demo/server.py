"""The server of the page: of this machine alone, and no request leaves it."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from espnet2.gen_audio.demo.page import build_page
from espnet2.gen_audio.demo.sound_maker import SoundMaker

HOST, PORTS = "127.0.0.1", range(7860, 7960)
FONTS = ["system-ui", "sans-serif"]  # of the browser; others would be fetched
MAJOR = 6  # release of Gradio that the page is written for
# what a browser may load; a page of Gradio has scripts and styles in its text
POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; "
    "frame-ancestors 'none'; form-action 'self'; base-uri 'self'"
)


def refuse_without_gradio() -> None:
    """Refuse to open a page without Gradio.

    Raises:
        ValueError: If it is missing, or of another release than the page is for.
    """
    try:
        found = version("gradio")
    except PackageNotFoundError:
        found = "missing"
    if found.split(".")[0] != str(MAJOR):
        raise ValueError(
            f"--demo needs Gradio {MAJOR}, which is {found}; run tools/setup_env.sh "
            "--demo, or pip install 'espnet-gen-audio[demo]'"
        )


class PageServer:
    """A running server.

    Args:
        server: The server of uvicorn.
        bound: Its socket.
    """

    def __init__(self, server: Any, bound: socket.socket):
        self._server = server
        self._thread = threading.Thread(target=server.run, args=([bound],), daemon=True)
        self.url = "http://{}:{}/".format(*bound.getsockname())

    def start(self) -> None:
        """Start, and return when requests are answered.

        Raises:
            RuntimeError: If the server ended instead.
        """
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.05)
            if not self._thread.is_alive():
                raise RuntimeError(f"the server of {self.url} ended at its start")

    def wait(self) -> None:
        """Wait until the server ends, or the program is interrupted."""
        while self._thread.is_alive():
            self._thread.join(1.0)

    def stop(self) -> None:
        """End the server."""
        self._server.should_exit = True
        self._thread.join()


@contextmanager
def page_served(maker: SoundMaker, port: int | None = None) -> Iterator[PageServer]:
    """Serve the page of a system.

    Args:
        maker: What makes the sounds; its folder holds uploads too.
        port: Port of the server; if None, the first free one from 7860.

    Yields:
        The server.

    Raises:
        ValueError: If the port is taken.
    """
    _send_nothing()
    os.environ["GRADIO_TEMP_DIR"] = str(maker.folder)
    import uvicorn

    with socket.socket() as bound:
        _bind(bound, port)
        config = uvicorn.Config(
            _application(maker),
            log_level="error",
            timeout_graceful_shutdown=1,  # browsers keep connections open
        )
        server = PageServer(uvicorn.Server(config), bound)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _send_nothing() -> None:
    """Switch off what Gradio would send; it reads these when it is imported."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"


def _bind(bound: socket.socket, port: int | None) -> None:
    """Take a port of this machine that other machines do not reach."""
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    for each in PORTS if port is None else (port,):
        try:
            bound.bind((HOST, each))
            return
        except OSError as error:
            reason = error
    given = f"{PORTS[0]} to {PORTS[-1]}" if port is None else port
    raise ValueError(
        f"--port {given}: {reason.strerror} ({HOST}); give another port"
    ) from reason


def _application(maker: SoundMaker) -> Any:
    """Return the application that serves the page."""
    import fastapi
    import gradio as gr
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    application = fastapi.FastAPI(openapi_url=None)
    application.add_middleware(PolicyHeader)
    # a page of the web whose name is made to lead here reaches nothing
    application.add_middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])
    theme = gr.themes.Default(font=FONTS, font_mono=["monospace"])
    return gr.mount_gradio_app(
        application,
        build_page(maker),
        path="/",
        server_name=HOST,
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        enable_monitoring=False,
        theme=theme,
    )


class PolicyHeader:
    """Adds the policy to every answer, so that a browser loads from here alone.

    Args:
        app: The application that answers.
    """

    def __init__(self, app: Any):
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request.

        Args:
            scope: Its connection.
            receive: Gives what the browser sends.
            send: Takes what the browser receives.
        """

        async def send_with_policy(message: Any) -> None:
            """Send a message; the first one of an answer has the headers."""
            if message["type"] == "http.response.start":
                line = (b"content-security-policy", POLICY.encode())
                message = {**message, "headers": [*message["headers"], line]}
            await send(message)

        await self.app(scope, receive, send_with_policy)
