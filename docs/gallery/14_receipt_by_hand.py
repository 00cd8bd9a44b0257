"""A receipt, checked by hand

A receipt says what a round paid one trainer, and why, and is checked here in whole numbers. It needs no
store and nobody's word: the utilities give the score, the score gives the tokens, and the path of hashes
leads to the root that stands on chain. `weighhouse receipt verify` does the same, and notices a receipt
that was changed. Source: docs/tutorials/recompute.md, and docs/schemas/receipt.json for every field.
"""

from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from math import comb
from pathlib import Path
from tempfile import TemporaryDirectory

from chain.amounts import tokens
from chain.demo.play import Settings, play
from chain.encoding import payout_leaf, sum_node
from chain.network import connect
from chain.roles.receipt import receipt_of
from chain.roles.receipt_check import check_receipt
from chain.store import Store

EVALUATORS_PART = Fraction(300, 10_000)  # of the demonstration's mechanism


def shapley(utilities, n, player):
    """The mean, over group sizes, of what the player adds to groups of that size."""
    others = [other for other in range(n) if other != player]
    total = Fraction(0)
    for size in range(n):
        for group in combinations(others, size):
            mask = sum(1 << member for member in group)
            total += Fraction(utilities[mask | 1 << player] - utilities[mask], n * comb(n - 1, size))
    return total


with TemporaryDirectory() as folder, connect("embedded") as network:
    played = play(network, Settings(honest=3, evaluators=1, rounds=1), Path(folder), lambda _: None)
    project, store = played.project, Store.open(f"file://{Path(folder).resolve()}/store")
    best = max(played.peers, key=lambda line: line.value).address
    receipt = receipt_of(project, store, 1, best)

    who = [line.account for line in receipt.scores]
    value = shapley(receipt.utilities, len(who), who.index(best))
    told = receipt.scores[who.index(best)].score
    assert abs(told - value) < 1
    print(
        f"{len(receipt.utilities)} utilities of {len(who)} trainers give the score, {told / 10**9:.3f} nats"
    )

    pot = receipt.budget - receipt.budget * EVALUATORS_PART // 1
    positive = sum(max(line.score, 0) for line in receipt.scores)
    assert receipt.payout == pot * told // positive
    print(f"the score gives the payout, {tokens(receipt.payout, 18, 2)} tokens")

    leaf = receipt.leaf
    node = payout_leaf(network.chain_id, receipt.distributor, leaf.index, best, leaf.cumulative)
    total = leaf.cumulative
    for level, (sibling, amount) in enumerate(zip(leaf.siblings, leaf.sums, strict=True)):
        on_the_right = leaf.index >> level & 1
        node = (
            sum_node(sibling, amount, node, total) if on_the_right else sum_node(node, total, sibling, amount)
        )
        total += amount
    header = project.header(1)
    assert (node, total) == (header.payout_root, header.sum)
    print(f"{len(leaf.siblings)} hashes lead to the root on chain, which owes {tokens(total, 18, 2)} tokens")

    checks = check_receipt(project, receipt)
    print(
        "the same by check_receipt:", sum(check.passed for check in checks), "of", len(checks), "checks pass"
    )
    more = replace(receipt, payout=receipt.payout + 1)
    print("one unit more:", [check.name for check in check_receipt(project, more) if not check.passed])
