"""What transactions cost: ours as receipts of a node tell, beside published measurements of other contracts.

Ours run on Anvil, whole transactions, in the 66th round, with a payout tree of 1,024 leaves (depth 10).
(`--quick`: on the chain inside the process and in the second round, whose slots are new and cost more.) The
others' figures are those of the real contracts on the same EVM with an OpenZeppelin token, also at depth 10,
first claim by a recipient without a balance: 1inch 132131e, Morpho URD 3de504b, Merkl 15d0dda, EigenLayer
f84a515, Uniswap 25a79e8, PrimeIntellect a1156fe. A ratio below 1 is ours being cheaper.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eth_utils.address import to_checksum_address
from report import arguments, emit

from chain.accounts import dev_account
from chain.contracts import Call, PeerRegistry
from chain.contracts.types import (
    NO_RULES,
    ZERO_ADDRESS,
    Claim,
    CourtConfig,
    Emission,
    EmissionKind,
    Header,
    ProjectConfig,
    Role,
    Schedule,
)
from chain.deployments import deploy_system, deploy_token
from chain.encoding import address_bytes, keccak
from chain.network import Network, connect
from chain.project import Project, create_project
from chain.sender import Sender
from chain.trees import SumTree, payout_tree

TOKEN = 10**18
SCHEDULE = Schedule(commit=60, publish=30, measure=60, reveal=30, challenge=60)
LEAVES = 1_024

OTHERS: Mapping[str, Mapping[str, int]] = {
    "claim, first": {
        "1inch": 89_220,
        "Morpho URD": 91_385,
        "Merkl": 152_498,
        "EigenLayer": 136_907,
        "Uniswap": 88_301,
    },
    "claim, repeat": {"1inch": 55_028, "Morpho URD": 57_155, "Merkl": 81_298, "EigenLayer": 82_819},
    "post, next": {"1inch": 30_341, "Morpho URD": 97_343, "Merkl": 58_585, "EigenLayer": 86_612},
    "register with stake": {"PrimeIntellect": 73_391},
    "unbond": {"PrimeIntellect": 152_554},
    "withdraw": {"PrimeIntellect": 54_723},
    "slash": {"PrimeIntellect": 55_276},
}
"""Published figures. Morpho's post needs an `acceptRoot` of 38,523 besides."""

BUDGETS = {
    "claim, first": 92_000,
    "claim, repeat": 58_000,
    "post, next": 50_000,
    "register with stake": 72_000,
    "unbond": 30_000,
    "slash": 65_000,
    "commit": 29_500,
    "reveal": 31_000,
}
"""What we set ourselves."""


class Stage:
    """A project with a trainer and an evaluator, and what each transaction on it cost."""

    def __init__(self, network: Network, folder: Path) -> None:
        self.network = network
        people = [Sender(network, dev_account(network, index)) for index in range(3)]
        self.owner, self.trainer, self.evaluator = people
        system = deploy_system(network, self.owner, folder)
        token = deploy_token(network, self.owner, folder)
        owner = self.owner.address
        config = ProjectConfig(
            token=token.address,
            owner=owner,
            guardian=owner,
            court=CourtConfig(ZERO_ADDRESS, TOKEN, TOKEN, TOKEN, answer_period=30, arbiter_period=60),
            rules=NO_RULES,
            policy_hash=b"\x01" * 32,
            schedule=SCHEDULE,
            emission=Emission(EmissionKind.FIXED, 50_000 * TOKEN, 0),
            trainer_stake=TOKEN,
            evaluator_stake=5 * TOKEN,
            unbonding_period=600,
            quorum=1,
        )
        self.token = token
        self.project: Project = create_project(self.owner, system, config)
        self.gas: dict[str, int] = {}
        self.owner.send(token.mint(owner, 500_000 * TOKEN))
        self.owner.send(token.approve(self.project.distributor.address, 200_000 * TOKEN))
        self.owner.send(self.project.distributor.fund(200_000 * TOKEN))
        for member, held in ((self.trainer, 20), (self.evaluator, 40)):
            self.owner.send(token.transfer(member.address, held * TOKEN))
            member.send(token.approve(self.project.registry.address, held * TOKEN))

    def note(self, name: str, sender: Sender, call: Call) -> None:
        self.gas[name] = sender.send(call).gas_used

    def stakes(self) -> None:
        """The trainer ends with everything staked, so that its first payout is its first token."""
        registry = self.project.registry
        self.trainer.send(registry.register(Role.TRAINER, 20 * TOKEN))
        self.note("register with stake", self.evaluator, registry.register(Role.EVALUATOR, 20 * TOKEN))

    def leaving(self) -> None:
        registry = self.project.registry
        self.note("unbond", self.trainer, registry.unbond(19 * TOKEN))
        self.network.advance(601)
        self.note("withdraw", self.trainer, registry.withdraw(self.trainer.address))

    def slashing(self) -> None:
        """A registry alone, whose court is the owner: a project's court slashes within a dispute only."""
        terms = (self.token.address, self.owner.address, self.project.distributor.address, TOKEN, TOKEN, 600)
        address, _ = self.owner.deploy("PeerRegistry", *terms)
        registry = PeerRegistry(self.network, address)
        self.evaluator.send(self.token.approve(address, 20 * TOKEN))
        self.evaluator.send(registry.register(Role.EVALUATOR, 20 * TOKEN))
        stranger = dev_account(self.network, 9).address
        self.note("slash", self.owner, registry.slash(self.evaluator.address, 5 * TOKEN, stranger))

    def round(self, kind: str, amount: int) -> None:
        """Plays a round that owes every payee `amount`, claims once, and keeps what it cost."""
        book, distributor = self.project.book, self.project.distributor
        root, players, data, salt = (bytes([byte]) * 32 for byte in (0x11, 0x22, 0x33, 0x44))
        self.owner.send(book.open())
        number = book.current_round()
        self.note("submit", self.trainer, book.submit(number, bytes([number]) * 32))
        self.network.advance(SCHEDULE.commit + SCHEDULE.publish + 1)
        self.owner.send(book.seal(number))
        self.owner.send(book.draw(number))
        commitment = book.commitment_of(number, self.evaluator.address, root, players, data, salt)
        self.note("commit", self.evaluator, book.commit_utilities(number, commitment))
        self.network.advance(SCHEDULE.measure)
        self.note("reveal", self.evaluator, book.reveal_utilities(number, root, players, data, salt))
        self.network.advance(SCHEDULE.reveal)
        tree, leaf = self.tree(amount)
        paid = (number, LEAVES, tree.depth, tree.root.sum)
        header = Header(*paid, root, root, root, tree.root.node, players, players, data, data)
        self.note(f"post, {kind}", self.evaluator, book.post(header))
        self.network.advance(SCHEDULE.challenge + 1)
        name = "claim, first" if kind == "first" else "claim, repeat"
        self.note(name, self.trainer, distributor.claim(distributor.sequence(), leaf))

    def tree(self, amount: int) -> tuple[SumTree, Claim]:
        others = [
            to_checksum_address(keccak(bytes([index >> 8, index & 255]))[12:]) for index in range(1, LEAVES)
        ]
        accounts = sorted([*others, self.trainer.address], key=address_bytes)
        payouts = [(account, amount + index) for index, account in enumerate(accounts)]
        distributor = self.project.distributor.address
        tree = payout_tree(self.network.chain_id, distributor, payouts)
        index = accounts.index(self.trainer.address)
        return tree, Claim(self.trainer.address, index, payouts[index][1], tree.proof(index).path)


def measure(target: str, rounds: int) -> dict[str, int]:
    """What each transaction costs: rounds as they are after so many, when all slots were used before."""
    with tempfile.TemporaryDirectory() as folder, connect(target) as network:
        stage = Stage(network, Path(folder))
        stage.stakes()
        stage.round("first", 1_234_567_890_123_456_789)
        for number in range(2, rounds + 1):
            stage.round("next", number * 1_234_567_890_123_456_789)
        stage.leaving()
        stage.slashing()
        return stage.gas


def compared(ours: Mapping[str, int]) -> list[dict[str, Any]]:
    """One row for each transaction: our gas, our budget, and our share of what each other takes."""
    names = ("1inch", "Uniswap", "Morpho URD", "EigenLayer", "Merkl", "PrimeIntellect")
    rows = []
    for name, gas in ours.items():
        others = OTHERS.get(name, {})
        ratios = {f"/ {other}": gas / others[other] if other in others else None for other in names}
        rows.append({"transaction": name, "gas": gas, "budget": BUDGETS.get(name), **ratios})
    return rows


def main() -> None:
    options = arguments(__doc__.splitlines()[0]).parse_args()
    emit({"gas": compared(measure("embedded", 2) if options.quick else measure("anvil", 66))}, options.json)


if __name__ == "__main__":
    main()
