import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from valuation.errors import InputError
from valuation.gradients.errors import ExtraTensor, MissingTensor, NotFinite, WrongShape
from valuation.gradients.layout import Layout

shapes = st.lists(st.lists(st.integers(1, 4), max_size=3).map(tuple), min_size=1, max_size=4).map(tuple)


@st.composite
def layouts(draw):
    chosen = draw(shapes)
    names = draw(
        st.lists(st.text(min_size=1, max_size=5), min_size=len(chosen), max_size=len(chosen), unique=True)
    )
    return Layout(tuple(names), chosen)


@given(layouts(), st.data())
def test_flattening_undoes_unflattening(layout, data):
    finite = st.floats(width=32, allow_nan=False, allow_infinity=False)
    vector = data.draw(hnp.arrays(np.float32, layout.size, elements=finite))
    tensors = layout.unflatten(vector)
    assert [tensor.shape for tensor in tensors.values()] == list(layout.shapes)
    assert layout.flatten(tensors).tobytes() == vector.tobytes()


@given(layouts(), st.integers(0, 3))
def test_many_vectors_unflatten_like_each_one(layout, k):
    vectors = np.arange(k * layout.size, dtype=np.float64).reshape(k, layout.size)
    together = layout.unflatten(vectors)
    for i in range(k):
        for name, tensor in layout.unflatten(vectors[i]).items():
            assert (together[name][i] == tensor).all()


@given(layouts())
def test_a_layout_survives_its_json_and_keeps_its_digest(layout):
    again = Layout.from_json(layout.to_json())
    assert again == layout
    assert again.digest == layout.digest


def test_another_order_of_tensors_is_another_layout():
    one, other = Layout(("a", "b"), ((1,), (1,))), Layout(("b", "a"), ((1,), (1,)))
    assert one.digest != other.digest


LAYOUT = Layout(("a", "b"), ((2,), (1, 1)))


@pytest.mark.parametrize(
    ("tensors", "error", "reason"),
    [
        ({"a": [1, 2]}, MissingTensor, "missing-tensor"),
        ({"a": [1, 2], "b": [[3]], "c": [4]}, ExtraTensor, "extra-tensor"),
        ({"a": [1, 2], "b": [3]}, WrongShape, "wrong-shape"),
        ({"a": [1, np.nan], "b": [[3]]}, NotFinite, "not-finite"),
        ({"a": [1, 1e39], "b": [[3]]}, NotFinite, "not-finite"),
    ],
)
def test_tensors_that_do_not_fit_are_refused_with_a_reason(tensors, error, reason):
    with pytest.raises(error) as refused:
        LAYOUT.flatten(tensors)
    assert refused.value.reason == reason


def test_a_vector_of_another_length_is_refused():
    for vector in (np.zeros(2, dtype=np.float32), np.zeros((3, 1)), np.float32(1).reshape(())):
        with pytest.raises(WrongShape):
            LAYOUT.unflatten(vector)


@pytest.mark.parametrize(
    ("names", "shape"),
    [
        ((), ()),
        (("a",), ((1,), (1,))),
        (("a", "a"), ((1,), (1,))),
        (("",), ((1,),)),
        (("a",), ((0,),)),
        (("a",), ((-1,),)),
        (("a",), ((True,),)),
        (("a",), ((2**31,),)),
    ],
)
def test_an_impossible_layout_is_refused(names, shape):
    with pytest.raises(InputError):
        Layout(names, shape)


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[{}]", '[{"name":"a","shape":3}]', "null", "[" * 100_000, '[{"name":"a","shape":["2"]}]'],
)
def test_what_is_no_layout_in_json_is_refused(text):
    with pytest.raises(InputError):
        Layout.from_json(text)
