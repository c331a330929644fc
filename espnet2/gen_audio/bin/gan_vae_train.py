"""Train the mel autoencoder."""

import argparse
from collections.abc import Sequence

from espnet2.gen_audio.cli.command import one_line_errors
from espnet2.gen_audio.tasks.gan_vae import GANVAETask


def get_parser() -> argparse.ArgumentParser:
    """Return ESPnet's parser with the options of this part."""
    return GANVAETask.get_parser()


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Run the training.

    Args:
        cmd: Arguments; None takes those of the process.
    """
    GANVAETask.main(cmd=cmd)


if __name__ == "__main__":
    main()
