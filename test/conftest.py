"""Tests run on the plugin of this folder, on few threads, without a network."""

import os
from pathlib import Path

# before torch and the hub's library are imported
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # for the commands that tests start

import espnet2.gen_audio  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]


def pytest_configure() -> None:
    """Refuse to test another copy of the plugin than the one beside the tests."""
    installed = Path(espnet2.gen_audio.__file__).resolve()
    if ROOT not in installed.parents:
        raise SystemExit(
            f"these tests belong to {ROOT}, but Python finds {installed}; run "
            "tools/setup_env.sh, which installs the plugin as a link to this folder"
        )
