"""Where the recipe lies, if the package is used from a checkout of the repository."""

from pathlib import Path

# of a package that is linked into a checkout of ESPnet too: links are followed
RECIPE = Path(__file__).resolve().parents[3] / "egs2/audioldm2"
