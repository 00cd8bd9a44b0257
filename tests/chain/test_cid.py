"""Our names are those of IPFS: compared with the published implementation."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.cid import digest_in
from chain.encoding import cid
from valuation.errors import InputError

multiformats = pytest.importorskip("multiformats")


@given(st.binary(max_size=200))
def test_a_cid_is_what_the_published_implementation_makes(data: bytes) -> None:
    digest = multiformats.multihash.digest(data, "sha2-256")
    theirs = str(multiformats.CID("base32", 1, "raw", digest))
    ours = cid(sha256(data).digest())
    assert ours == theirs
    assert bytes(multiformats.CID.decode(ours).digest) == bytes(digest)
    assert digest_in(theirs) == sha256(data).digest()


@pytest.mark.parametrize(
    "name",
    [
        "",
        "b",
        "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG",  # version 0
        "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",  # another codec
        "zb2rhe5P4gXftAwvA4eXQ5HJwsER2owDyS9sKaQRRVQPn93bA",  # another base
        cid(bytes(32)).upper(),
        cid(bytes(32)) + "a",
        cid(bytes(32))[:-1],
        "b\u0661" + cid(bytes(32))[2:],
    ],
)
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="not a CID"):
        digest_in(name)


def test_only_a_digest_has_one() -> None:
    with pytest.raises(InputError):
        cid(bytes(31))
