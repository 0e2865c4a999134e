"""The pseudonym key: made once, mode 0600, never overwritten, never shown; architecture, rule 5."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config import ConfigError, Pseudonyms, ephemeral_key, load_key, make_key


def test_a_key_is_made_whole_for_its_owner_alone(tmp_path: Path) -> None:
    made = make_key(tmp_path / "new" / "folder")
    path = tmp_path / "new" / "folder" / "pseudonym.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert len(bytes.fromhex(path.read_text().strip())) == 32
    assert load_key(path.parent).fingerprint == made.fingerprint
    assert [entry.name for entry in path.parent.iterdir()] == ["pseudonym.key"], "nothing is left beside it"


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    first = make_key(tmp_path)
    before = (tmp_path / "pseudonym.key").read_bytes()
    with pytest.raises(ConfigError, match="never overwritten"):
        make_key(tmp_path)
    assert (tmp_path / "pseudonym.key").read_bytes() == before
    assert load_key(tmp_path).fingerprint == first.fingerprint


def test_of_two_that_make_it_at_once_one_does(tmp_path: Path) -> None:
    def attempt(_: int) -> str:
        try:
            return make_key(tmp_path).fingerprint
        except ConfigError:
            return "refused"

    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(attempt, range(8))) - {"refused"}
    assert made == {load_key(tmp_path).fingerprint}
    assert len(list(tmp_path.iterdir())) == 1


def test_a_damaged_key_is_not_replaced_in_silence(tmp_path: Path) -> None:
    (tmp_path / "pseudonym.key").touch(0o600)
    with pytest.raises(ConfigError, match="damaged"):
        load_key(tmp_path)
    with pytest.raises(ConfigError, match="never overwritten"):
        make_key(tmp_path)


@pytest.mark.parametrize("content", ["", "xyz", "ab" * 31, "ab" * 33, "\n"])
def test_what_is_no_key_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "pseudonym.key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="damaged"):
        load_key(tmp_path)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "pseudonym.key"
    path.write_bytes(b"\xff" * 64)
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="cannot be read"):
        load_key(tmp_path)


def test_a_missing_key_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"daymark init.*DAYMARK_KEY_DIR"):
        load_key(tmp_path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    make_key(tmp_path)
    (tmp_path / "pseudonym.key").chmod(mode)
    with pytest.raises(ConfigError, match="chmod 600"):
        load_key(tmp_path)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ConfigError, match="cannot be"):
            make_key(folder)


def test_a_umask_does_not_open_the_key(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_key(tmp_path / "k")
    finally:
        os.umask(before)
    assert (tmp_path / "k" / "pseudonym.key").stat().st_mode & 0o077 == 0


def test_hashes_are_keyed_and_kept_apart() -> None:
    one, two = Pseudonyms(b"1" * 32), Pseudonyms(b"2" * 32)
    assert one.author("p", "ann") == Pseudonyms(b"1" * 32).author("p", "ann") != two.author("p", "ann")
    assert one.author("p", "ann") != one.author("q", "ann")
    assert one.contact("phone", "ann") != one.contact("email", "ann")
    assert one.tombstone("post", "x") != one.tombstone("author", "x")
    assert len({one.author("p", "x"), one.contact("p", "x"), one.content("x")[:16], one.fingerprint}) == 4
    assert [len(one.author("p", "x")), len(one.tombstone("post", "x")), len(one.content("x"))] == [16, 64, 32]
    assert one.author("p", "\ud800")


def test_a_key_is_never_printed() -> None:
    key = Pseudonyms(b"s3cret" * 6)
    assert "s3cret" not in f"{key!r} {key}"


def test_a_throw_away_key_says_so() -> None:
    key = ephemeral_key()
    assert key.is_ephemeral
    assert key.contact("phone", "1").startswith("ephemeral:")
    assert not Pseudonyms(b"1" * 32).is_ephemeral
    assert key.fingerprint != ephemeral_key().fingerprint
