"""The list of what the sounds of a set contain."""

import pytest

from espnet2.gen_audio.bin.content_digest import main


@pytest.fixture
def scp(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.flac").write_bytes(name.encode())
    path = tmp_path / "wav.scp"
    path.write_text("".join(f"{n} {tmp_path / n}.flac\n" for n in "ba"))
    return path


def digest(scp, *options):
    output = scp.parent / "content"
    main(["--scp", str(scp), "--output", str(output), *options])
    return output.read_text()


def test_every_sound_has_a_line_in_the_order_of_ids_without_its_place(scp):
    lines = digest(scp).splitlines()
    assert [line.split()[0] for line in lines] == ["a", "b"]
    assert str(scp.parent) not in "".join(lines)


def test_another_content_of_the_same_length_is_another_digest(scp):
    before = digest(scp)
    (scp.parent / "a.flac").write_bytes(b"c")
    assert digest(scp).splitlines()[0] != before.splitlines()[0]
    assert digest(scp).splitlines()[1] == before.splitlines()[1]


def test_an_empty_list_is_refused_in_one_line(scp, capsys):
    scp.write_text("")
    with pytest.raises(SystemExit):
        digest(scp)
    assert "lists no sound" in capsys.readouterr().err
