"""What trainers and evaluators do alike: approve, join, add and withdraw stake."""

from __future__ import annotations

from chain.contracts.token import Token
from chain.contracts.types import Role
from chain.errors import ConfigError
from chain.project import Project
from chain.sender import Receipt, Sender


class InsufficientTokens(ConfigError):
    """The account does not hold enough of the project's token."""


def approve_exactly(sender: Sender, token: Token, spender: str, amount: int) -> None:
    """Lets `spender` take `amount` and no more; sends nothing when it may already.

    Raises:
        InsufficientTokens: The account does not hold so many. Nothing was sent.
    """
    held = token.balance_of(sender.address)
    if held < amount:
        raise InsufficientTokens(f"{sender.address} holds {held} token units, {amount} are needed")
    if token.allowance(sender.address, spender) != amount:
        sender.send(token.approve(spender, amount))


def register(project: Project, sender: Sender, role: Role, stake: int, payee: str | None) -> Receipt:
    """Joins a project in a role, with a stake in token units; the payee is the address itself unless said."""
    call = project.registry.register(role, stake, payee or sender.address)
    if project.registry.peer(sender.address).role is not Role.NONE:
        sender.simulate(call)  # the contract says why not, before anything is approved
    approve_exactly(sender, project.token, project.registry.address, stake)
    return sender.send(call)
