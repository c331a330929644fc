"""One clip of 10.24 s from audioldm2-full at full size, of random weights.

    python test/parity/full_size_clip.py FOLDER [--threads 2] [--options ...]

Not a test of the suite: it writes a whole official checkpoint of made-up weights
(8 GB), converts it, and generates with the command that users call, each step in a
process of its own. Prints time and peak memory of each. Needs 20 GB of disk.
"""

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "espnet2/gen_audio/checkpoint"))

import official_state  # noqa: E402
import tiny_diffusers  # noqa: E402

CAPTION = "clip a dog barks while rain falls on a tin roof"


class Random(official_state.Maker):
    """Tensors of the published shapes with random numbers, of the size of inputs."""

    def __init__(self, layout, published=True):
        super().__init__(layout, True)

    def tensors(self, shapes, seed):
        torch.manual_seed(seed)
        special = ("position_ids", "relative_position_index", "running_var")
        state = {}
        for name, shape in shapes.items():
            if name.endswith((*special, "num_batches_tracked")):
                state |= official_state.fill({name: shape}, seed)
            elif len(shape) < 2:
                near = 1.0 if name.endswith("weight") else 0.0
                state[name] = near + 0.02 * torch.randn(shape)
            else:
                inputs = math.prod(shape[1:]) if "ups." not in name else shape[0]
                state[name] = torch.randn(shape) * inputs**-0.5
        if "encoder.embed_tokens.weight" in state:
            state["encoder.embed_tokens.weight"] = state["shared.weight"]
        return state


def write_checkpoint(folder):
    official_state.Maker = Random
    state = official_state.complete("full", published=True)
    torch.save({"state_dict": state}, folder / "audioldm2-full.pth")
    tokenizers = folder / "tokenizers"
    tokenizers.mkdir(exist_ok=True)
    made = tiny_diffusers.tokenizers(tokenizers)
    made["tokenizer"].save_pretrained(folder / "roberta")
    made["tokenizer_2"].save_pretrained(folder / "t5")


def timed(name, *words):
    """Run a command; return its seconds and its peak memory in gigabytes."""
    start = time.monotonic()
    process = subprocess.Popen([sys.executable, *map(str, words)])
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{name} failed")
    row = {"step": name, "seconds": round(time.monotonic() - start, 1)}
    row["peak_gb"] = round(used.ru_maxrss / 2**20, 2)
    print(json.dumps(row), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only_write", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--options", nargs=argparse.REMAINDER, default=[])
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    if args.only_write:
        write_checkpoint(args.folder)
        return
    system, command = args.folder / "system", "espnet2.gen_audio.bin."
    if not (args.folder / "audioldm2-full.pth").exists():
        timed("write a checkpoint", __file__, args.folder, "--only_write")
    if not (system / "system.yaml").exists():
        convert = ["-m", f"{command}convert_checkpoint", "--output", system]
        convert += ["--input", args.folder / "audioldm2-full.pth"]
        convert += ["--sentence_tokenizer", args.folder / "roberta"]
        convert += ["--tokens_tokenizer", args.folder / "t5"]
        timed("convert", *convert)
    (args.folder / "text").write_text(CAPTION + "\n")
    generate = ["-m", f"{command}gen_audio_inference", "--model", system]
    generate += ["--text", args.folder / "text", "--output_dir", args.folder / "out"]
    generate += ["--num_threads", args.threads, *args.options]
    timed("generate", *generate)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
