"""Convert the transcripts of a set to phonemes for the speech models.

Writes lines '<id> P1 P2 P3' (Kaldi text; tokens separated by spaces, with <space>
between words if the front end keeps it), for the stream ``phonemes`` of the training
commands, and, for a training set, the token list. Equal transcripts give equal files.
One warning counts the words that the front end leaves out or misreads (letters of
another alphabet, signs without pronunciation).
"""

import argparse
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.cli.number_options import whole_number
from espnet2.gen_audio.files.keyed_text import line_of, read_ids, read_keyed
from espnet2.gen_audio.files.progress import progress
from espnet2.gen_audio.kaldi.data_dir import write_scp
from espnet2.gen_audio.text.front_end import NO_CLEANER, FrontEnd, summarise
from espnet2.gen_audio.text.phoneme_vocabulary import PhonemeVocabulary
from espnet2.gen_audio.text.published_phonemes import MAX_LENGTH


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add(
        "--transcript",
        type=Path,
        required=True,
        help="transcripts, lines '<id> <words>'",
    )
    add("--output", type=Path, required=True, help="file of phonemes to write")
    add(
        "--g2p",
        default="g2p_en_no_space",
        help="published (VITS chain of AudioLDM 2), char, or a type of ESPnet: "
        "g2p_en, g2p_en_no_space, espeak_ng_english_us_vits, ...",
    )
    add(
        "--cleaner",
        default=NO_CLEANER,
        help="cleaner of ESPnet: tacotron, ..., or none",
    )
    add("--token_list_out", type=Path, help="file or folder for the list of phonemes")
    add("--token_list", help="list of phonemes: file, folder or 'published'")
    add(
        "--max_length",
        type=whole_number(1),
        default=MAX_LENGTH,
        help="largest number of phonemes, as in the model",
    )
    add(
        "--key_file",
        type=Path,
        help="file with ids that need a line; default: all ids of --transcript",
    )
    add(
        "--optional",
        action="store_true",
        help="clips may have no transcript (effects and music beside speech): they get "
        "a line without phonemes, the empty text",
    )
    return parser


def phonemes_of(
    path: Path, transcripts: Mapping[str, str], front_end: FrontEnd
) -> dict[str, list[str]]:
    """Return the phonemes of every transcript.

    Args:
        path: File of the transcripts, for messages.
        transcripts: Transcripts by id, in the order of the lines.
        front_end: The front end.

    Returns:
        Tokens by id.

    Raises:
        ValueError: If transcripts are empty or have no phonemes; the message names the
            first one and counts the others. If a number has no name in English.
    """
    phonemes, faults = {}, []
    rows = progress(
        transcripts.items(), len(transcripts), f"phonemes {path}", unit="transcripts"
    )
    for utt_id, transcript in rows:
        try:
            phonemes[utt_id] = front_end(transcript)
        except ValueError as error:
            line = line_of(path, utt_id)
            raise ValueError(f"{path}, line {line}: {utt_id}: {error}") from error
        if not phonemes[utt_id]:
            faults.append(utt_id)
    if not faults:
        return phonemes
    first = transcripts[faults[0]]
    raise ValueError(
        f"{path}, line {line_of(path, faults[0])}: {faults[0]} has "
        + (f"{first!r}, which has no phonemes" if first else "no transcript")
        + (f", and {len(faults) - 1} more have this fault" if len(faults) > 1 else "")
        + f"; write the words in {front_end.alphabet}, or remove the clips from the set"
    )


def warn_of_unread(transcripts: Mapping[str, str], front_end: FrontEnd) -> Counter:
    """Warn once of the words that phonemes leave out or misread.

    Args:
        transcripts: Transcripts by id.
        front_end: The front end.

    Returns:
        Number of occurrences of each of these words.
    """
    words: Counter = Counter()
    ids = []
    for utt_id, transcript in transcripts.items():
        unread = front_end.unread(transcript)
        words.update(unread)
        ids += [utt_id] if unread else []
    if ids:
        logging.warning(
            "--g2p %s leaves out or misreads %d words of %d transcripts (first %s): "
            "%s; write them out as they are spoken",
            front_end.g2p,
            words.total(),
            len(ids),
            ids[0],
            summarise(words.elements()),
        )
    return words


def unknown_in(
    path: Path, phonemes: Mapping[str, list[str]], vocabulary: PhonemeVocabulary
) -> Counter:
    """Count the phonemes that a token list lacks.

    Args:
        path: File of the transcripts, for messages.
        phonemes: Tokens by id, in the order of the lines.
        vocabulary: The token list.

    Returns:
        Number of occurrences of each unknown token.

    Raises:
        ValueError: If a text has no known phoneme, or too many.
    """
    unknown: Counter = Counter()
    for utt_id, tokens in phonemes.items():
        try:
            unknown += vocabulary.encode(tokens)[1]
        except ValueError as error:
            line = line_of(path, utt_id)
            raise ValueError(f"{path}, line {line}: {utt_id}: {error}") from error
    return unknown


def spoken_of(
    path: Path, key_file: Path | None, optional: bool
) -> tuple[dict[str, str], list[str]]:
    """Read the transcripts, and the ids of clips that have none.

    Args:
        path: File of the transcripts.
        key_file: File of the ids of the set, first column; None if ``path`` has them.
        optional: Whether clips may have no transcript; without any, there need not be
            a file.

    Returns:
        Transcripts by id, and, if they are optional, the ids of all other clips.

    Raises:
        ValueError: If a transcript is missing that is not optional, or there are none.
    """
    if not optional:
        transcripts = read_keyed(path)
        refuse_missing(path, transcripts, key_file)
        return transcripts, []
    transcripts = read_keyed(path) if path.is_file() else {}  # sounds alone
    ids = transcripts if key_file is None else read_ids(key_file)
    spoken = {key: words for key, words in transcripts.items() if words}
    return spoken, [key for key in ids if key not in spoken]


def refuse_missing(
    path: Path, transcripts: Mapping[str, str], key_file: Path | None
) -> None:
    """Refuse transcripts that lack a clip of the set.

    Args:
        path: File of the transcripts, for the message.
        transcripts: Transcripts by id.
        key_file: File of ids that must have a transcript, first column.

    Raises:
        ValueError: If a transcript is missing, or there are no transcripts.
    """
    if not transcripts:
        raise ValueError(f"{path} has no transcript; write '<id> <words>' lines")
    if key_file is None:
        return
    lacking = [utt_id for utt_id in read_ids(key_file) if utt_id not in transcripts]
    if lacking:
        line = line_of(key_file, lacking[0])
        more = f" and of {len(lacking) - 1} more" if len(lacking) > 1 else ""
        raise ValueError(
            f"{path} has no transcript of {lacking[0]} ({key_file}, line {line}){more};"
            " a speech model needs a transcript of every clip, or --optional"
        )


def vocabulary_of(
    args: argparse.Namespace, phonemes: Mapping[str, list[str]]
) -> PhonemeVocabulary:
    """Return the given token list, or the list of all phonemes."""
    if args.token_list is not None:
        return PhonemeVocabulary.from_file(args.token_list, args.max_length)
    return PhonemeVocabulary.of_texts(phonemes.values(), args.max_length)


def check(args: argparse.Namespace) -> None:
    """Refuse options that do not fit each other, before the conversion.

    Args:
        args: Options of the command.

    Raises:
        ValueError: If a token list is both to be read and to be written.
    """
    if args.token_list is not None and args.token_list_out is not None:
        raise ValueError(
            f"--token_list {args.token_list} is a given list, "
            f"--token_list_out {args.token_list_out} writes a new list; give "
            "one of them"
        )
    if args.token_list is not None:
        vocabulary_of(args, {})


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Run the command.

    Args:
        cmd: Arguments; default: those of the command line.
    """
    args = get_parser().parse_args(cmd)
    setup_logging()
    check(args)
    front_end = FrontEnd(args.g2p, args.cleaner)
    transcripts, silent = spoken_of(args.transcript, args.key_file, args.optional)
    phonemes = phonemes_of(args.transcript, transcripts, front_end)
    vocabulary = vocabulary_of(args, phonemes)
    unknown = unknown_in(args.transcript, phonemes, vocabulary)
    warn_of_unread(transcripts, front_end)
    for token, count in unknown.most_common():
        logging.warning(
            "phoneme %r is not in %s and will be left out: %d times",
            token,
            vocabulary,
            count,
        )
    if args.token_list_out is not None:
        vocabulary.write(args.token_list_out)
        logging.info("%s -> %s", vocabulary, args.token_list_out)
    lines = {key: " ".join(row) for key, row in phonemes.items()}
    write_scp(args.output, lines | dict.fromkeys(silent, ""))
    total = sum(map(len, phonemes.values()))
    logging.info(
        "%d transcripts (%d clips without): %d phonemes, %d of them unknown -> %s",
        len(phonemes),
        len(silent),
        total,
        unknown.total(),
        args.output,
    )


if __name__ == "__main__":
    main()
