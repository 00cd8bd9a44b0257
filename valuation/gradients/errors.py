"""Why an update was refused: one class a cause, each with a code that programs and receipts can show.

A submission is bytes from a stranger. Whatever is wrong with it must end in one of these errors, so that it
costs its sender the reward and nobody else anything.
"""

from typing import ClassVar

from valuation.errors import UpdateError


class RefusedUpdate(UpdateError):
    """An update that cannot be used; `reason` is the cause as a short code.

    >>> try:
    ...     raise Truncated("3 bytes")
    ... except RefusedUpdate as refused:
    ...     print(refused.reason, "/", refused)
    truncated / 3 bytes
    """

    reason: ClassVar[str] = "refused"


class TooLarge(RefusedUpdate):
    """More bytes than the limit."""

    reason = "too-large"


class Truncated(RefusedUpdate):
    """The bytes end before what they announce."""

    reason = "truncated"


class BadHeader(RefusedUpdate):
    """The header is not that of a safetensors file."""

    reason = "bad-header"


class BadMetadata(RefusedUpdate):
    """The metadata lacks a field, or has one too many."""

    reason = "bad-metadata"


class MissingTensor(RefusedUpdate):
    """A tensor that belongs to the format or the layout is not there."""

    reason = "missing-tensor"


class ExtraTensor(RefusedUpdate):
    """There is a tensor that does not belong to the format or the layout."""

    reason = "extra-tensor"


class WrongDtype(RefusedUpdate):
    """A tensor's numbers are of another type than the format says."""

    reason = "wrong-dtype"


class WrongShape(RefusedUpdate):
    """An array has another shape than the format or the layout says."""

    reason = "wrong-shape"


class NotFinite(RefusedUpdate):
    """A value is NaN or infinite."""

    reason = "not-finite"


class BadIndex(RefusedUpdate):
    """The indices are not strictly ascending positions in the update."""

    reason = "bad-index"


class TooDense(RefusedUpdate):
    """More entries were sent than the codec's density allows."""

    reason = "too-dense"


class WrongSchema(RefusedUpdate):
    """The update is of another version of the format."""

    reason = "wrong-schema"


class WrongProject(RefusedUpdate):
    """The update was made for another project."""

    reason = "wrong-project"


class WrongRound(RefusedUpdate):
    """The update was made for another round."""

    reason = "wrong-round"


class WrongAddress(RefusedUpdate):
    """The update carries another address than its sender's."""

    reason = "wrong-address"


class WrongBase(RefusedUpdate):
    """The update was computed from another base model."""

    reason = "wrong-base"


class WrongCodec(RefusedUpdate):
    """The update was compressed by another codec."""

    reason = "wrong-codec"


class WrongLayout(RefusedUpdate):
    """The update belongs to a model with another layout."""

    reason = "wrong-layout"
