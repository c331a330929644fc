"""Which varied copies a small corpus gets, decided before any sound is read.

The plan depends on the data folder alone and not on jobs or their order: copies go
to the label with the fewest clips, in it to the recording with the fewest clips,
and in that to its rows (wordings) in turn. A corpus with two cats and twenty dogs
thus ends with as many cats as dogs, as far as the wanted total allows.
"""

import heapq
from collections.abc import Iterator

from espnet2.gen_audio.kaldi.data_dir import DataFolder


def plan_copies(folder: DataFolder, total: int) -> dict[str, list[str]]:
    """Return the ids of the copies of each utterance.

    Args:
        folder: Whole training set; ``utt2label`` and ``utt2recording`` are used where
            they are there.
        total: Wanted number of clips, originals included; at most that many exist
            afterwards unless there are more originals.

    Returns:
        Per utterance the new ids, ``<id>-a1``, ``<id>-a2`` and so on.
    """
    utterances = folder.utterances
    copies: dict[str, list[str]] = {name: [] for name in utterances}
    taken = set(utterances)
    sources = _sources(folder)
    for _ in range(total - len(utterances) if utterances else 0):
        source = next(sources)
        copies[source].append(_free_name(source, len(copies[source]), taken))
    return copies


def _sources(folder: DataFolder) -> Iterator[str]:
    """Yield, without end, the utterance that the next copy is made of."""
    label_of, recording_of = folder.column("utt2label"), folder.column("utt2recording")
    tree: dict[str, dict[str, list[str]]] = {}
    for name in folder.utterances:
        recordings = tree.setdefault(label_of.get(name, ""), {})
        recordings.setdefault(recording_of.get(name, name), []).append(name)
    queue = []
    for label, recordings in tree.items():
        clips = sum(len(rows) for rows in recordings.values())
        queue.append((clips, label, _label_sources(recordings)))
    heapq.heapify(queue)  # labels differ, so the iterators are never compared
    while True:
        clips, label, sources = queue[0]
        yield next(sources)
        heapq.heapreplace(queue, (clips + 1, label, sources))


def _label_sources(recordings: dict[str, list[str]]) -> Iterator[str]:
    queue = [(len(rows), name, 0) for name, rows in recordings.items()]
    heapq.heapify(queue)
    while True:
        clips, name, turn = queue[0]
        yield recordings[name][turn % len(recordings[name])]
        heapq.heapreplace(queue, (clips + 1, name, turn + 1))


def _free_name(source: str, number: int, taken: set[str]) -> str:
    while True:
        number += 1
        name = f"{source}-a{number}"
        if name not in taken:
            taken.add(name)
            return name
