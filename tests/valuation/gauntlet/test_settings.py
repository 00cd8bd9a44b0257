"""The settings as a document, and the published versions as settings."""

import json
from dataclasses import replace

import numpy as np
import pytest

from valuation.errors import InputError, MechanismError
from valuation.gauntlet.compression import compressor
from valuation.gauntlet.presets import PRESETS, preset
from valuation.gauntlet.rules import Compression
from valuation.gauntlet.settings import Settings, from_json, to_json
from valuation.gradients.layout import Layout


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_a_document_that_reads_back(name):
    settings = preset(name)
    assert from_json(to_json(settings)) == settings
    assert json.loads(to_json(settings))["schema"] == "weighhouse/gauntlet/1"


def test_the_presets_are_the_published_table():
    table = {
        name: (
            s.measurement.difference,
            s.measurement.step,
            s.computation.rate,
            s.synchronisation.statistic,
            s.synchronisation.power,
            s.selection.count,
            s.selection.bins,
            s.selection.bin,
            s.normalisation.rule,
            s.aggregation.rule,
            s.aggregation.count,
            s.compression.codec,
            s.compression.kept,
            s.window,
        )
        for name, s in PRESETS.items()
    }
    assert table["paper"] == (
        *("absolute", "sign", 0.05, "mean", 0.0, 5, 1, "random", "shifted-power"),
        *("normalised-sign", 15, "demo", 32, 10),
    )
    assert table["v0.2.84"] == (
        *("relative", "sign", 0.05, "mean", 2.5, 4, 5, "rotation", "power"),
        *("sign", 15, "demo", 32, 10),
    )
    assert table["v2.1.3"] == (
        *("relative", "clipped", 0.05, "median", 2.5, 15, 5, "random", "ranks"),
        *("clipped-mean-of-senders", 20, "sparseloco", 64, 70),
    )
    for name in ("paper", "v0.2.84", "v2.1.3"):
        published = preset(name)
        assert published.rating.beta == 7.0
        assert published.caution == 3.0
        assert published.gain.floor == "none"
        assert published.penalties.desynchronised == 0.75
        assert published.measurement.share == 0.2


def test_what_is_mended_by_default():
    ours = preset("weighhouse")
    assert ours.gain.floor == "both"
    assert ours.caution == 0.0
    assert ours.rating.ties == "average"
    assert ours.computation.floor > 0
    assert ours.penalties.quorum > 0
    assert ours.duplicates.cosine < 1


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("measurement.difference", "squared"),
        ("measurement.step", "leap"),
        ("measurement.share", 0.0),
        ("computation.rate", 0.0),
        ("computation.floor", 1.0),
        ("computation.power", 1.3),
        ("gain.floor", "sometimes"),
        ("gain.rate", 1.5),
        ("synchronisation.statistic", "mode"),
        ("synchronisation.coordinates", 0),
        ("synchronisation.most", 0.0),
        ("synchronisation.limit", -1.0),
        ("synchronisation.power", -0.5),
        ("selection.count", 0),
        ("selection.bins", 0),
        ("selection.bin", "best"),
        ("selection.weighting", "rating"),
        ("duplicates.cosine", 0.0),
        ("duplicates.suspicion_factor", 1.01),
        ("duplicates.ban_rounds", -1),
        ("duplicates.densest", 0.0),
        ("duplicates.fewest", 0),
        ("penalties.missing", 1.01),
        ("penalties.malformed", -0.1),
        ("penalties.reset_after", -1),
        ("penalties.quorum", 2.0),
        ("normalisation.rule", "softmax"),
        ("normalisation.power", "9"),
        ("normalisation.gathered", 1),
        ("normalisation.reserve", 61),
        ("normalisation.burned", 10_000),
        ("aggregation.rule", "median"),
        ("aggregation.count", 0),
        ("aggregation.reserve", -1),
        ("compression.codec", "zip"),
        ("compression.kept", 4097),
        ("compression.decay", 1.1),
        ("caution", -1.0),
        ("window", 0),
        ("schema", "weighhouse/gauntlet/2"),
    ],
)
def test_a_value_out_of_range_is_refused_with_its_path(path, value):
    settings = Settings()
    *parts, name = path.split(".")
    changed = {name: value}
    if parts:
        changed = {parts[0]: replace(getattr(settings, parts[0]), **changed)}
    with pytest.raises(MechanismError, match=path.replace(".", r"\.")):
        replace(settings, **changed)


def test_a_document_with_a_key_too_many_or_too_few_is_refused():
    whole = json.loads(to_json(Settings()))
    with pytest.raises(MechanismError, match="unknown"):
        from_json(json.dumps({**whole, "bonus": 1}))
    del whole["rating"]["beta"]
    with pytest.raises(MechanismError, match=r"rating\.beta: is missing"):
        from_json(json.dumps(whole))


def test_an_unknown_version_is_refused_by_name():
    with pytest.raises(InputError, match="v9"):
        preset("v9")


def test_the_codecs_of_the_settings_compress():
    layout = Layout(("w",), ((64, 128),))
    update = np.random.default_rng(0).standard_normal(layout.size).astype(np.float32)
    for rule, sent in ((Compression("demo", kept=32), 64), (Compression("sparseloco", kept=64), 128)):
        found = compressor(layout, rule)
        decoded = found.decode(found.encode(update))
        if rule.codec == "sparseloco":
            assert np.count_nonzero(decoded) == sent
        assert 0 < np.linalg.norm(decoded) < np.linalg.norm(update)
