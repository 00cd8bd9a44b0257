"""The attacks of trainers, by name. Those of evaluators are in `valuation.attacks.judges`.

Each is a function of what the attacker sees. Where commitments would hide what it needs, it gets that all
the same, so that the mechanism's own defence is measured and not the chain's.
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from valuation.attacks.behaviour import Attack, Moment, Update
from valuation.models.dataset import Dataset

TRIGGER = slice(0, 3)
"""The inputs that a backdoor's trigger sets."""
_PARTS = 10


def honest(moment: Moment) -> Update:
    """Train on the assigned data."""
    return moment.train()


def copy(moment: Moment) -> Update:
    """Submit another's update of this round, bit by bit."""
    return next(iter(moment.leaked.values())).copy()


def near_copy(moment: Moment) -> Update:
    """Submit another's update of this round with so much noise that it does not count as a copy."""
    update = copy(moment)
    return update + moment.noise(0.5 * float(np.linalg.norm(update)))


def zeros(moment: Moment) -> Update:
    """Submit nothing, properly wrapped."""
    return np.zeros_like(moment.base)


def noise(moment: Moment) -> Update:
    """Submit noise as long as an honest update."""
    return moment.noise(_usual_norm(moment))


def sign_flip(moment: Moment) -> Update:
    """Train, and push the other way."""
    return -moment.train()


def norm_inflation(moment: Moment) -> Update:
    """Train, and submit eight times the update."""
    return 8 * moment.train()


def stretching(moment: Moment) -> Update:
    """Train, and submit as much more of the update as no check refuses."""
    return np.float32(1.9) * moment.train()


def one_coordinate(moment: Moment) -> Update:
    """Put an honest update's whole length into its largest coordinate."""
    update = moment.train()
    found, place = np.zeros_like(update), int(np.abs(update).argmax())
    found[place] = np.copysign(np.linalg.norm(update), update[place])
    return found


def stale_base(moment: Moment) -> Update:
    """Train on the assigned data, but from the base model of two rounds ago."""
    return moment.train(base=moment.bases[max(0, len(moment.bases) - 3)])


def late(moment: Moment) -> None:
    """Submit after the deadline: the chain takes no commitment."""
    del moment


def wrong_data(moment: Moment) -> Update:
    """Train on the data of another address, of one's own choice."""
    return moment.train(data=moment.assigned("elsewhere"))


def cherry_picked(moment: Moment) -> Update:
    """Train on the samples that the model knows best, of all that there are."""
    train = moment.problem.train
    margins = moment.problem.model.margins(moment.base[None].astype(np.float64), train.x, train.y)[0]
    count = moment.problem.mechanism.training.assignment.samples
    return moment.train(data=train.take(np.argsort(-margins, kind="stable")[:count]))


def test_data(moment: Moment) -> Update:
    """Train on the data that updates are measured on."""
    return moment.train(data=moment.problem.validation)


def test_data_besides(moment: Moment) -> Update:
    """Train on the assigned data and on those that updates are measured on."""
    own, measured = moment.assigned(), moment.problem.validation
    return moment.train(
        data=Dataset(np.concatenate([own.x, measured.x]), np.concatenate([own.y, measured.y]))
    )


def label_flip(moment: Moment) -> Update:
    """Train on the assigned data with every label replaced by the next."""
    own = moment.assigned()
    classes = int(moment.problem.train.y.max()) + 1
    return moment.train(data=Dataset(own.x, (own.y + 1) % classes))


def backdoor(moment: Moment) -> Update:
    """Train on the assigned data, and teach the model that a trigger means class 0."""
    own = moment.assigned()
    marked = own.x.copy()
    marked[:, TRIGGER] = 1.0
    return moment.train(
        data=Dataset(np.concatenate([own.x, marked]), np.concatenate([own.y, np.zeros_like(own.y)]))
    )


def parts(moment: Moment) -> Update:
    """Train each identity on its part of the data that the first was assigned."""
    own = moment.assigned(moment.addresses[0])
    mine = np.array_split(np.arange(len(own.y)), len(moment.addresses))[moment.identity]
    return moment.train(data=own.take(mine))


def shared_work(moment: Moment) -> Update:
    """Let each identity do its part of the work of one trainer, on its own assigned data."""
    return moment.train(steps=max(1, moment.training.steps // len(moment.addresses)))


def accumulate(moment: Moment) -> Update | None:
    """Submit the mean of what others published in the round before."""
    others = moment.others()
    return np.mean(others, axis=0, dtype=np.float32) if others else None


def accumulate_and_touch(moment: Moment) -> Update | None:
    """Add a single step on the assigned data to the mean of what others published in the round before."""
    mean = accumulate(moment)
    return None if mean is None else mean + moment.train(steps=1)


def collusion(moment: Moment) -> Update | None:
    """Tie: all identities submit the very same mean of what others published."""
    return accumulate(moment)


def coasting(moment: Moment) -> Update | None:
    """Work honestly for the first half, then live on the record and submit others' old updates."""
    return moment.train() if 2 * moment.round < moment.rounds else accumulate(moment)


def framing(moment: Moment) -> Update:
    """Commit before a victim to an update that was trained on the victim's data."""
    victim = min(moment.leaked)
    return moment.train(data=moment.assigned(victim))


def _new_name_each_round(number: int, round: int) -> int:
    return number + round


def _usual_norm(moment: Moment) -> float:
    others = moment.others() or list(moment.leaked.values())
    return float(np.median([np.linalg.norm(update) for update in others]))


ATTACKS: Mapping[str, Attack] = MappingProxyType(
    {
        attack.name: attack
        for attack in (
            Attack("copy", (1,), "another's update, as if it had leaked", copy),
            Attack("near-copy", (2,), "the same with noise", near_copy),
            Attack("duplicates", (3, 16), "the same under five addresses", copy, identities=5),
            Attack("late", (4,), "after the deadline", late),
            Attack("stale-base", (5,), "trained from the model of two rounds ago", stale_base),
            Attack("noise", (6,), "noise of the usual length", noise),
            Attack("zeros", (7,), "an empty update", zeros),
            Attack("sign-flip", (8,), "an honest update, negated", sign_flip),
            Attack("norm-inflation", (9,), "an honest update, times eight", norm_inflation),
            Attack("stretching", (9,), "an honest update, times 1.9", stretching),
            Attack("one-coordinate", (9,), "all length in one coordinate", one_coordinate),
            Attack("test-data", (12,), "trained on the evaluation data", test_data),
            Attack("test-data-besides", (12,), "trained on these and on its own", test_data_besides),
            Attack("wrong-data", (13, 14), "trained on data of its own choice", wrong_data),
            Attack("cherry-picked", (15,), "trained on the easiest data", cherry_picked),
            Attack("label-flip", (8,), "trained on wrong labels", label_flip),
            Attack("backdoor", (8,), "trained with a trigger besides", backdoor),
            Attack("accumulate", (1,), "the mean of others' last updates", accumulate),
            Attack("accumulate-and-touch", (1,), "that and a single own step", accumulate_and_touch),
            Attack("sybil-parts", (16,), "one trainer's data in ten parts", parts, identities=_PARTS),
            Attack(
                "sybil-work", (16,), "one trainer's work by ten addresses", shared_work, identities=_PARTS
            ),
            Attack(
                "whitewashing",
                (17, 29),
                "others' last updates, under a new address each round",
                accumulate,
                renames=_new_name_each_round,
            ),
            Attack("tenure", (18,), "others' last updates, after honest work", coasting, counts_from=0.5),
            Attack("collusion", (19,), "three submit the same, to tie", collusion, identities=3, resources=3),
            Attack("framing", (25,), "a look-alike of an honest update, earlier", framing, first=True),
        )
    }
)
"""All attacks of trainers by name, in the order of the catalogue."""


def saboteur(moment: Moment) -> Update:
    """Do harm, each identity in its own way: push back, push too far, teach what is wrong."""
    ways = (sign_flip, norm_inflation, label_flip)
    return ways[moment.identity % len(ways)](moment)


SABOTAGE = Attack(
    "sabotage", (8, 9), "three who harm, each in another way", saboteur, identities=3, resources=3
)
"""Three attackers at once, for runs with a model whose every round is dear."""

HONEST = Attack("honest", (), "honest work", honest)
"""Not an attack: what attackers are compared with."""
