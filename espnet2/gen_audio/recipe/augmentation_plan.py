"""Plan the varied copies of a small corpus before any sound is read.

The plan depends on the data folder only, and not on jobs or their order. Each copy is
made for the label with the fewest clips; of this label, for the recording with the
fewest clips; and of this recording, for its rows (captions) in turn. A corpus with two
cats and twenty dogs thus gets as many cats as dogs, if the requested total is large
enough.
"""

import heapq
from collections.abc import Iterator

from espnet2.gen_audio.kaldi.data_dir import DataFolder


def plan_copies(folder: DataFolder, total: int) -> dict[str, list[str]]:
    """Return the ids of the copies of each utterance.

    Args:
        folder: The whole training set; ``utt2label`` and ``utt2recording`` are used if
            they exist.
        total: Requested number of clips including originals; never exceeded by copies.

    Returns:
        For each utterance the new ids, ``<id>-a1``, ``<id>-a2`` and so on.
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
    """Yield the utterance of each next copy, endlessly."""
    label_of, recording_of = folder.column("utt2label"), folder.column("utt2recording")
    tree: dict[str, dict[str, list[str]]] = {}
    for name in folder.utterances:
        recordings = tree.setdefault(label_of.get(name, ""), {})
        recordings.setdefault(recording_of.get(name, name), []).append(name)
    queue = []
    for label, recordings in tree.items():
        clips = sum(len(rows) for rows in recordings.values())
        queue.append((clips, label, _label_sources(recordings)))
    heapq.heapify(queue)  # labels are unique, so iterators are never compared
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
