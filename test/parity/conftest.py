"""Let the tests of this folder import the plain references and the tables of shapes."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
for folder in (HERE, HERE.parent / "espnet2" / "gen_audio" / "checkpoint"):
    sys.path.insert(0, str(folder))
