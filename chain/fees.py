"""What a transaction offers for its gas: from the fees of recent blocks, up to a cap."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from chain.errors import Refused
from chain.network import Network

BLOCKS = 10
MIN_TIP = 10**6
"""Wei per gas: some nodes take no transaction without a tip."""
DEFAULT_CAP = 500 * 10**9
"""Wei per gas that is offered at most, unless the sender says otherwise."""


@dataclass(frozen=True)
class Fees:
    """An EIP-1559 offer, in wei per gas."""

    maximum: int
    tip: int


def raised(old: Fees, market: Fees, *, cap: int) -> Fees | None:
    """The offer that replaces an earlier one: both parts at least an eighth higher; None above the cap.

    An eighth, since that is what the strictest nodes ask (go-ethereum a tenth, Parity 12.5 %), and of both
    parts, since nodes compare both.

    Example:
        >>> raised(Fees(maximum=100, tip=1), Fees(maximum=90, tip=50), cap=1000)
        Fees(maximum=114, tip=50)
        >>> raised(Fees(maximum=100, tip=1), Fees(maximum=90, tip=50), cap=110) is None
        True
    """
    maximum = max(-(-old.maximum * 9 // 8) + 1, market.maximum)
    tip = max(-(-old.tip * 9 // 8) + 1, market.tip)
    maximum = max(maximum, tip)
    if maximum > cap:
        # The market's own offer may stop at the cap, and still be enough of a rise.
        maximum = cap
        if 8 * maximum < 9 * old.maximum or tip > maximum:
            return None
    return Fees(maximum, tip)


def current_fees(network: Network, *, cap: int = DEFAULT_CAP) -> Fees:
    """Twice the next block's base fee plus the median tip of the last blocks, at most `cap`.

    Twice, so that the offer stands while the base fee rises for six full blocks in a row.

    Raises:
        Refused: The base fee alone is above the cap.
        NetworkError: No answer.
    """
    history = network.web3.eth.fee_history(BLOCKS, "latest", [50.0])
    # eth-tester, and so ape's own chain, tells no history of the genesis block alone.
    latest = history["baseFeePerGas"] or [network.web3.eth.get_block("latest")["baseFeePerGas"]]
    base = int(latest[-1])
    tips = [int(tip) for block in history.get("reward") or [] for tip in block if tip]
    tip = max(int(median(tips)) if tips else 0, MIN_TIP)
    if base + tip > cap:
        raise Refused(f"the base fee of {network.name} is {base} wei per gas, above the cap of {cap}")
    return Fees(maximum=min(2 * base + tip, cap), tip=tip)
