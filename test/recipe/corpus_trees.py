"""Small corpora with errors, in the layouts of the published corpora.

Every tree has a clip whose sound is missing, a clip that occurs twice, an item that
cannot be used, and good clips in each set.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile

RATE = 16000


@dataclass(frozen=True)
class Tree:
    """A small corpus and its expected tables.

    Args:
        write: Function that writes the corpus into a folder.
        clips: Captions of each clip, by set and id.
        missing: Ids of ``missing.tsv``.
        faults: Parts of the log lines that report errors, in order.
        options: Options of the script.
        sounds: Sounds of some clips by id, relative to the folder.
    """

    write: Callable[[Path], None]
    clips: dict[str, dict[str, tuple[str, ...]]]
    missing: list[str]
    faults: list[str]
    options: tuple[str, ...] = ()
    sounds: dict[str, str] = field(default_factory=dict)


def sound(path: Path, seconds: float = 0.5, pitch: float = 300.0) -> None:
    """Write a tone; the format follows the ending of the name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    time = np.arange(int(seconds * RATE)) / RATE
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * pitch * time), RATE)


def text(path: Path, *lines: str) -> None:
    """Write lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def audiocaps(folder: Path) -> None:
    head = "audiocap_id,youtube_id,start_time,caption"
    text(
        folder / "train.csv",
        head,
        '1,-aaaaaaaaaa,30,"Rain falls, and wind blows"',
        "2,bbbbbbbbbbb,0,A dog barks",
        "3,gone_______,0,Never seen",
        "4,bbbbbbbbbbb,soon,A dog barks again",
        "5,bbbbbbbbbbb",
        "6,ccccccccccc,10,",
        "7,ddddddddddd,10,A bell rings",
        "8,bbbbbbbbbbb,0,Barking quickly",
    )
    text(
        folder / "val.csv",
        head,
        *(f"1{n},vvvvvvvvvvv,5,Typing {n}" for n in (1, 2, 3, 4, 4)),
        "20,wwwwwwwwwww,5,A whistle",
        "21,bbbbbbbbbbb,0,A dog in train",
    )
    text(
        folder / "test.csv",
        head,
        "31,ttttttttttt,0,A drum",
        "32,uuuuuuuuuuu,0,A horn",
        "33,ttttttttttt,0,Drums",
    )
    sound(folder / "train/-aaaaaaaaaa_30.wav", pitch=220)
    sound(folder / "train/bbbbbbbbbbb.flac", pitch=440)
    sound(folder / "Yddddddddddd.wav", pitch=500)
    sound(folder / "val/Yvvvvvvvvvvv.wav", pitch=330)
    sound(folder / "val/Ywwwwwwwwwww_5.wav", pitch=350)
    sound(folder / "test/ttttttttttt_000000.wav", pitch=550)
    sound(folder / "test/uuuuuuuuuuu_0_10000.wav", pitch=600)


def clotho(folder: Path) -> None:
    head = "file_name,caption_1,caption_2,caption_3,caption_4,caption_5"
    for split, names in (
        ("development", ("Distorted AM Radio noise.wav", "a.wav", "gone.wav", "a.wav")),
        ("validation", ("v.wav",)),
        ("evaluation", ("t.wav",)),
    ):
        rows = [
            ",".join([name, *(f"{name[0]} {n}" for n in "12345")]) for name in names
        ]
        text(folder / f"clotho_captions_{split}.csv", head, *rows)
        for name in set(names) - {"gone.wav"}:
            sound(folder / split / name)
    with (folder / "clotho_captions_validation.csv").open("ab") as file:
        file.write(b"b\xe9.wav,1,2,3,4,5\n")


def wavcaps(folder: Path) -> None:
    free = [{"id": str(n), "caption": f"Sound {n}", "duration": 9} for n in range(8)]
    free += [
        {"id": "3", "caption": "Again"},
        {"id": "9"},
        {"id": "99", "caption": "No"},
    ]
    lists = folder / "json_files"
    for name, content in (
        ("FreeSound/fsd_final", {"num_captions_per_audio": 1, "data": free}),
        ("BBC_Sound_Effects/bbc_final", [{"id": "B1", "caption": "A mill"}]),
        ("SoundBible/sb_final", [{"id": "2219", "caption": "A plane"}, "odd"]),
        ("AudioSet_SL/as_final", [{"id": "Yabcdefghijk.wav", "caption": "A bus"}]),
    ):
        text(lists / f"{name}.json", json.dumps(content))
    listed = {"AudioSet": ["Yabcdefghijk.wav"], "FreeSound": ["7"]}
    text(lists / "blacklist/blacklist_exclude_test_ac.json", json.dumps(listed))
    for n in range(8):
        sound(folder / f"Zip_files/FreeSound/{n}.flac")
    sound(folder / "BBC_Sound_Effects_flac/B1.flac")
    sound(folder / "SoundBible_flac/2219.flac")
    sound(folder / "AudioSet_SL_flac/Yabcdefghijk.flac")


def audioset(folder: Path) -> None:
    lists = {
        "unbalanced_train": [
            "aaaaaaaaaaa",
            "bbbbbbbbbbb",
            "gone_______",
            "aaaaaaaaaaa",
        ],
        "balanced_train": ["ccccccccccc", "ddddddddddd"],
        "eval": ["-eeeeeeeeee"],
    }
    for name, videos in lists.items():
        rows = [f'{video}, 30.000, 40.000, "/m/03v3yw,/m/0k4j"' for video in videos]
        rows += ['odd________, 40.000, 30.000, "/m/0k4j"'] * (name == "eval")
        head = ["# Segments csv created Sun Mar  5 10:54:25 2017", "# num_ytids=4"]
        head += ["# YTID, start_seconds, end_seconds, positive_labels"]
        text(folder / f"{name}_segments.csv", *head, *rows)
        for video in set(videos) - {"gone_______"}:
            sound(folder / f"{name}/Y{video}.wav")


def vggsound(folder: Path) -> None:
    rows = [
        '---g-f_I2yQ,1,"bird chirping, tweeting",train',
        "aaaaaaaaaaa,30,people marching,train",
        "bbbbbbbbbbb,0,people booing,train",
        "gone_______,0,people booing,train",
        "ccccccccccc,20,helicopter,test",
        "ddddddddddd,20,helicopter,extra",
        "aaaaaaaaaaa,30,people marching,train",
    ]
    text(folder / "vggsound.csv", *rows)
    for name in ("---g-f_I2yQ_000001", "aaaaaaaaaaa_000030", "bbbbbbbbbbb_000000"):
        sound(folder / f"audio/{name}.wav")
    sound(folder / "audio/ccccccccccc_000020.wav")


def musiccaps(folder: Path) -> None:
    head = "ytid,start_s,end_s,audioset_positive_labels,aspect_list,caption,author_id,"
    rows = [
        (video, kind, f'"A ""{video[0]}"" melody, slow.\nIt is mellow."')
        for video, kind in (
            ("-aaaaaaaaaa", "False"),
            ("bbbbbbbbbbb", "False"),
            ("ccccccccccc", "True"),
            ("gone_______", "True"),
            ("ccccccccccc", "True"),
        )
    ]
    lines = [
        f'{video},30,40,"/m/0140xf,/m/02cjck","[\'slow\']",{caption},4,False,{kind}'
        for video, kind, caption in rows
    ]
    broken = 'ddddddddddd,30,40,"/m/0",[],,4,False,False'
    text(
        folder / "musiccaps-public.csv",
        head + "is_balanced_subset,is_audioset_eval",
        *lines,
        broken,
    )
    for video in ("-aaaaaaaaaa", "bbbbbbbbbbb", "ccccccccccc"):
        sound(folder / f"wav/[{video}]-[30-40].wav")


def fma(folder: Path) -> None:
    meta = folder / "fma_metadata"
    text(
        meta / "genres.csv",
        "genre_id,#tracks,parent,title,top_level",
        "21,12000,0,Hip-Hop,21",
        "12,32923,0,Rock,12",
    )
    rows = [
        '2,small,training,Hip-Hop,"[21]",Food',
        '3,medium,training,,"[12, 21]","Two\nlines"',
        '5,large,training,Rock,"[12]",Gone',
        '7,medium,training,Rock,"[999]",Strange genre',
        '10,medium,validation,Rock,"[12]",Freeway',
        '20,medium,test,,"[]",',
        '20,medium,test,,"[]",',
    ]
    text(
        meta / "tracks.csv",
        ",set,set,track,track,track",
        ",subset,split,genre_top,genres_all,title",
        "track_id,,,,,",
        *rows,
    )
    for number in (2, 3, 10, 20):
        sound(folder / f"fma_medium/000/{number:06d}.mp3")


def mtg_jamendo(folder: Path) -> None:
    head = "TRACK_ID\tARTIST_ID\tALBUM_ID\tPATH\tDURATION\tTAGS"
    lists = folder / "data/splits/split-0"
    rows = {
        "train": [
            "track_1\ta\tb\t01/1.mp3\t200.1\tgenre---rock\tinstrument---piano",
            "track_2\ta\tb\t02/2.mp3\t200.1\tgenre---pop",
            "track_3\ta\tb\t03/3.mp3\t200.1\tyear---1999",
            "track_4\ta\tb\t04/4.mp3",
        ],
        "validation": ["track_5\ta\tb\t05/5.mp3\t60.0\tmood/theme---calm"],
        "test": ["track_6\ta\tb\t06/6.mp3\t60.0\tgenre---jazz\tgenre---funk"] * 2,
    }
    for name, lines in rows.items():
        text(lists / f"autotagging-{name}.tsv", head, *lines)
    meta = "TRACK_ID\tARTIST_ID\tALBUM_ID\tTRACK_NAME\tARTIST_NAME"
    text(folder / "data/raw.meta.tsv", meta, 'track_5\ta\tb\tThe "Sea\tX')
    for place in ("01/1.mp3", "05/5.low.mp3", "audio/06/6.mp3"):
        sound(folder / place)


def msd(folder: Path) -> None:
    lists = folder / "ecals_annotation"
    tracks = {
        "TRAAA1": {"tag": ["ambient", "calm", "piano"], "title": "Rain"},
        "TRAAA2": {"tag": ["rock"], "title": ""},
        "TRAAA3": {"title": "without tags"},
        "TRAAA4": {"tag": ["jazz"], "title": "Unsplit"},
        "TRBBB1": {"tag": [], "title": "Only a title"},
        "TRCCC1": {"tag": ["jazz", "funk"], "title": None},
    }
    text(lists / "annotation.json", json.dumps(tracks))
    sets = {"train_track": ["TRAAA1", "TRAAA2", "TRAAA3"], "valid_track": ["TRBBB1"]}
    sets |= {"test_track": ["TRCCC1"], "extra_track": []}
    text(lists / "ecals_track_split.json", json.dumps(sets))
    for name in ("TRAAA1", "TRBBB1", "TRCCC1"):
        sound(folder / f"songs/{name[2]}/{name}.mp3")


def libritts(folder: Path) -> None:
    corpus = folder / "LibriTTS"
    text(
        corpus / "SPEAKERS.txt",
        ";ID  |SEX| SUBSET           |MINUTES| NAME",
        "14   | F | train-clean-100  | 25.03 | Kristin",
        "26   | M | train-clean-100  | 25.08 | Denny",
    )
    for place, words in (
        ("train-clean-100/14/208/14_208_000001_000000", "Chapter one."),
        ("train-clean-100/26/495/26_495_000001_000000", "He said: “Go!”"),
        ("train-clean-100/26/495/26_495_000002_000000", ""),
        ("train-clean-100/26/495/26_495_000003_000000", "Too long."),
        ("train-clean-100/26/495/26_495_000004_000000", "Gone."),
        ("dev-clean/84/1/84_1_000001_000000", "A dev."),
        ("test-clean/61/7/61_7_000001_000000", "A test."),
    ):
        text(corpus / f"{place}.normalized.txt", words)
        seconds = 11 if words == "Too long." else 0.5
        if words != "Gone.":
            sound(corpus / f"{place}.wav", seconds)
    (corpus / "train-clean-100/14/208/14_208_000009_000000.wav").write_bytes(b"no")
    text(corpus / "train-clean-100/14/208/14_208_000009_000000.normalized.txt", "Cut.")


def _five(letter: str) -> tuple[str, ...]:
    return tuple(f"{letter} {n}" for n in "12345")


TREES = {
    "audiocaps": Tree(
        audiocaps,
        {
            "train": {
                "Y-aaaaaaaaaa": ("Rain falls, and wind blows",),
                "Ybbbbbbbbbbb": ("A dog barks", "Barking quickly"),
                "Yddddddddddd": ("A bell rings",),
            },
            "valid": {
                "Yvvvvvvvvvvv": ("Typing 1", "Typing 2", "Typing 3", "Typing 4"),
                "Ywwwwwwwwwww": ("A whistle",),
            },
            "test": {"Yttttttttttt": ("A drum", "Drums"), "Yuuuuuuuuuuu": ("A horn",)},
        },
        ["Ygone_______"],
        [
            "train.csv, line 5, id 4: could not convert string to float: 'soon'",
            "train.csv, line 6, id ?: the line has 2 columns, not 4",
            "train.csv, line 7, id 6: its caption is empty",
            "val.csv, line 8, id 21: this id occurs twice, first in train",
        ],
        sounds={"Y-aaaaaaaaaa": "train/-aaaaaaaaaa_30.wav"},
    ),
    "clotho": Tree(
        clotho,
        {
            "train": {"Distorted_AM_Radio_noise-48681e75": _five("D"), "a": _five("a")},
            "valid": {"v": _five("v")},
            "test": {"t": _five("t")},
        },
        ["gone"],
        [
            "clotho_captions_development.csv, line 5, id a.wav: this id occurs twice",
            "clotho_captions_validation.csv, line 3, id ?: not UTF-8",
        ],
    ),
    "wavcaps": Tree(
        wavcaps,
        {
            "train": {
                **{f"freesound-{n}": (f"Sound {n}",) for n in (0, 4, 5, 6, 7)},
                "soundbible-2219": ("A plane",),
                "Yabcdefghijk": ("A bus",),
            },
            "valid": {
                **{f"freesound-{n}": (f"Sound {n}",) for n in (1, 3)},
                "bbc_sound_effects-B1": ("A mill",),
            },
            "test": {"freesound-2": ("Sound 2",)},
        },
        ["freesound-99"],
        ["item 9, id 3: this id occurs twice", "item 10, id 9: it has no 'caption'"]
        + ["sb_final.json, item 2, id ?: 'odd' is no object"],
        ("--share", "0.2"),
    ),
    "audioset": Tree(
        audioset,
        {
            "train": {"Ybbbbbbbbbbb": ("",), "Yddddddddddd": ("",)},
            "valid": {"Yaaaaaaaaaaa": ("",), "Yccccccccccc": ("",)},
            "test": {"Y-eeeeeeeeee": ("",)},
        },
        ["Ygone_______"],
        [
            "unbalanced_train_segments.csv, line 7, id aaaaaaaaaaa: this id occurs",
            "eval_segments.csv, line 5, id odd________: it begins at 40 s",
        ],
        ("--share", "0.4"),
    ),
    "vggsound": Tree(
        vggsound,
        {
            "train": {"Ybbbbbbbbbbb_000000": ("people booing",)},
            "valid": {
                "Y---g-f_I2yQ_000001": ("bird chirping, tweeting",),
                "Yaaaaaaaaaaa_000030": ("people marching",),
            },
            "test": {"Yccccccccccc_000020": ("helicopter",)},
        },
        ["Ygone________000000"],
        [
            "vggsound.csv, line 6, id ddddddddddd: split 'extra' is neither",
            "vggsound.csv, line 7, id aaaaaaaaaaa: this id occurs twice",
        ],
        ("--share", "0.4"),
    ),
    "musiccaps": Tree(
        musiccaps,
        {
            "train": {"Y-aaaaaaaaaa": ('A "-" melody, slow. It is mellow.',)},
            "valid": {"Ybbbbbbbbbbb": ('A "b" melody, slow. It is mellow.',)},
            "test": {"Yccccccccccc": ('A "c" melody, slow. It is mellow.',)},
        },
        ["Ygone_______"],
        [
            "musiccaps-public.csv, line 11, id ccccccccccc: this id occurs twice",
            "musiccaps-public.csv, line 12, id ddddddddddd: its caption is empty",
        ],
        ("--share", "0.85"),
    ),
    "fma": Tree(
        fma,
        {
            "train": {
                "fma-000002": ("hip-hop music, titled Food",),
                "fma-000003": ("rock and hip-hop music, titled Two lines",),
            },
            "valid": {"fma-000010": ("rock music, titled Freeway",)},
            "test": {"fma-000020": ("music",)},
        },
        [],
        [
            "tracks.csv, line 8, id 7: it has no '999'",
            "tracks.csv, line 11, id 20: this id occurs twice",
        ],
        ("--subset", "medium"),
    ),
    "mtg_jamendo": Tree(
        mtg_jamendo,
        {
            "train": {"mtg-track_1": ("rock music with piano",)},
            "valid": {"mtg-track_5": ('music, calm, titled The "Sea',)},
            "test": {"mtg-track_6": ("jazz and funk music",)},
        },
        ["mtg-track_2"],
        [
            "autotagging-train.tsv, line 4, id track_3: tag 'year---1999' does not",
            "autotagging-train.tsv, line 5, id ?: the line has 4 columns, not 5",
            "autotagging-test.tsv, line 3, id track_6: this id occurs twice",
        ],
    ),
    "msd": Tree(
        msd,
        {
            "train": {"TRAAA1": ("ambient, calm and piano music, titled Rain",)},
            "valid": {"TRBBB1": ("music, titled Only a title",)},
            "test": {"TRCCC1": ("jazz and funk music",)},
        },
        ["TRAAA2"],
        ["annotation.json, item TRAAA3, id TRAAA3: it has no 'tag'"],
    ),
    "libritts": Tree(
        libritts,
        {
            "train": {
                "14_208_000001_000000": ("a woman reads from a book",),
                "26_495_000001_000000": ("a man reads from a book",),
            },
            "valid": {"84_1_000001_000000": ("a person reads from a book",)},
            "test": {"61_7_000001_000000": ("a person reads from a book",)},
        },
        ["26_495_000004_000000"],
        [
            "14_208_000009_000000.normalized.txt, id 14_208_000009_000000: ",
            "26_495_000002_000000.normalized.txt, id 26_495_000002_000000: the "
            "transcript is empty",
        ],
        ("--train", "train-clean-100"),
    ),
}
