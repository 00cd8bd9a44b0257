"""Reputation when anybody can invent friends

MeritRank bounds what invented names gain, however many they are. Trainers vouch for each other by the
work that they have checked. Whoever counts votes can be outvoted by invented names; walks of trust from
one's own view reach these only through the one who invented them. Source: Nasrulin, Ishmaev and Pouwelse,
"MeritRank", BRAINS 2022.
"""

import numpy as np

from valuation.reputation.graph import feedback_graph
from valuation.reputation.meritrank import meritrank, sybil_gain

PEERS, DECAY = 20, 0.2

rng = np.random.default_rng(8)
# Everybody has checked five others; peer 0 looks at the rest, and peer 1 will invent names.
ME, ATTACKER = 0, 1
sources = np.repeat(np.arange(PEERS), 5)
targets = np.concatenate(
    [rng.choice(np.delete(np.arange(PEERS), peer), 5, replace=False) for peer in range(PEERS)]
)

bound = (1 - DECAY) / DECAY
print(f"what Sybils gain, in units of the attacker's reputation; at most {bound:g}")
print("Sybils  votes for them  gain by MeritRank")
gains = []
for count in (0, 5, 20, 100):
    # A path: the attacker vouches for the first, and each for the next, the cheapest way to gain.
    path = np.concatenate([[ATTACKER], PEERS + np.arange(count)]).astype(np.int64)
    graph = feedback_graph(
        PEERS + count,
        np.concatenate([sources[sources != ATTACKER], path[:-1]]),
        np.concatenate([targets[sources != ATTACKER], path[1:]]),
        np.ones((PEERS - 1) * 5 + count),
    )
    seen = meritrank(graph, ME, transitivity_decay=DECAY)
    gains.append(sybil_gain(seen, ATTACKER, path[1:]))
    print(f"{count:6}  {count:14}  {gains[-1]:.2f}")
assert max(gains) < bound
