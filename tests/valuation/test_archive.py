import numpy as np
import pytest

from valuation.archive import read_archive, write_archive
from valuation.errors import InputError


def test_an_archive_returns_what_was_written(tmp_path):
    arrays = {
        "x": np.arange(6.0).reshape(2, 3),
        "file": np.array([], dtype=np.uint8),
        "s": np.array(["a", "bc"]),
    }
    write_archive(tmp_path / "it.npz", {"n": 2, "seed": 10**40, "names": ["a"]}, arrays)
    header, read = read_archive(tmp_path / "it.npz")
    assert header == {"n": 2, "seed": 10**40, "names": ["a"]}
    assert read.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(read[name], array)
        assert read[name].dtype == array.dtype


def test_an_archive_is_an_ordinary_npz(tmp_path):
    write_archive(tmp_path / "it.npz", {}, {"x": np.arange(3)})
    with np.load(tmp_path / "it.npz", allow_pickle=False) as archive:
        np.testing.assert_array_equal(archive["x"], np.arange(3))


def test_equal_content_gives_equal_bytes(tmp_path):
    for name in ("one", "two"):
        write_archive(tmp_path / name, {"n": 1}, {"x": np.arange(3)})
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize("arrays", [{"header": np.zeros(1)}, {"x": np.array([{}])}])
def test_python_objects_and_a_second_header_are_refused(tmp_path, arrays):
    with pytest.raises(InputError, match="archive"):
        write_archive(tmp_path / "it.npz", {}, arrays)


def test_pickled_arrays_are_not_read(tmp_path):
    np.savez(tmp_path / "it.npz", x=np.array([{"a": 1}], dtype=object))
    with pytest.raises(InputError, match="archive"):
        read_archive(tmp_path / "it.npz")


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 cut short", b"\x93NUMPY\x01"])
def test_another_file_is_refused(tmp_path, content):
    (tmp_path / "it.npz").write_bytes(content)
    with pytest.raises(InputError, match=r"it\.npz is not an archive"):
        read_archive(tmp_path / "it.npz")


def test_a_bare_array_is_refused(tmp_path):
    np.save(tmp_path / "it.npy", np.arange(3))
    with pytest.raises(InputError, match="archive"):
        read_archive(tmp_path / "it.npy")


def test_a_header_that_is_no_object_is_refused(tmp_path):
    np.savez(tmp_path / "it.npz", header=np.frombuffer(b"[1]", dtype=np.uint8))
    with pytest.raises(InputError, match="JSON object"):
        read_archive(tmp_path / "it.npz")


def test_a_missing_file_is_the_systems_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_archive(tmp_path / "it.npz")
