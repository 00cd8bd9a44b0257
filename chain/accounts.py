"""Keys: test accounts on dev chains, encrypted keystore files everywhere else.

A key never leaves the account object. Files of ours are readable by their owner only; a password file that
others can read is refused.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from eth_account import Account
from eth_account.signers.local import LocalAccount

from chain.contracts.handle import Call
from chain.errors import ConfigError, Refused
from chain.network import Network
from chain.networks.dev import dev_key
from chain.sender import Sender


def dev_account(network: Network, index: int) -> LocalAccount:
    """A test account of the mnemonic that dev chains share. At least 30 are funded on chains that we start.

    Raises:
        Refused: The network is not a dev chain: its key is known to everyone.
        ConfigError: The index is negative.

    Example:
        >>> from chain.network import connect
        >>> with connect("embedded") as network:
        ...     dev_account(network, 0).address
        '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'
    """
    if not network.is_dev:
        raise Refused(
            f"test accounts are for dev chains, not for {network.name} (chain id {network.chain_id})"
        )
    if index < 0:
        raise ConfigError(f"there is no test account {index}")
    return _account(dev_key(index))


def create_keystore(path: Path, password: str) -> LocalAccount:
    """Makes a new key and writes it, encrypted (scrypt), to a file that only its owner can read.

    Raises:
        Refused: The file exists: a key is never overwritten.
        ConfigError: The password is empty, or the folder cannot be written.
    """
    if not password:
        raise ConfigError("a keystore needs a password")
    account: LocalAccount = Account.create()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refused(f"{path} exists; a key is never overwritten") from None
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from None
    with os.fdopen(handle, "w") as file:
        json.dump(account.encrypt(password), file)
        file.flush()
        os.fsync(file.fileno())
    return account


def load_keystore(path: Path, password: str) -> LocalAccount:
    """The account of an encrypted keystore file (version 3: geth's, Foundry's, ape's, ours).

    Raises:
        ConfigError: There is no such file, or it is no keystore.
        Refused: The password is wrong.
    """
    try:
        content = json.loads(path.read_text())
        version, kind = content["version"], content["crypto"]["kdf"]
    except OSError as error:
        raise ConfigError(f"cannot read the keystore {path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise ConfigError(f"{path} is not a keystore") from None
    if version != 3 or kind not in ("scrypt", "pbkdf2"):
        raise ConfigError(f"{path} is not a keystore of version 3")
    try:
        return _account(Account.decrypt(content, password))
    except ValueError as error:
        if "MAC" in str(error):
            raise Refused(f"wrong password for {path}") from None
        raise ConfigError(f"{path} is not a keystore: damaged") from None
    except (KeyError, TypeError):
        raise ConfigError(f"{path} is not a keystore: damaged") from None


def read_password(path: Path) -> str:
    """The password in a file, without the line's end.

    Raises:
        Refused: Group or others can read the file.
        ConfigError: There is no such file, or it is empty.
    """
    try:
        with path.open() as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & 0o077:
                raise Refused(f"others can read {path} (mode {mode:04o}): chmod 600 it first")
            password = file.read().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the password file {path}: {type(error).__name__}") from None
    if not password:
        raise ConfigError(f"the password file {path} is empty")
    return password


def ensure_funded(network: Network, addresses: Sequence[str], wei: int) -> None:
    """Tops addresses on a dev chain up to `wei`, from the first test account; leaves alone who holds enough.

    Raises:
        Refused: The network is not a dev chain.
        InsufficientFunds: The first test account does not hold enough.
    """
    sender = Sender(network, dev_account(network, 0))
    for address in addresses:
        missing = wei - network.balance(address)
        if missing > 0:
            sender.send(Call(to=address, data=b"", value=missing, contract="wei", function="transfer"))


def _account(key: bytes) -> LocalAccount:
    account: LocalAccount = Account.from_key(key)
    return account
