// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {Escrow} from "./base/Escrow.sol";
import {Flow} from "./interfaces/IEscrow.sol";
import {Claim, Emission, EmissionKind, IRewardDistributor} from "./interfaces/IRewardDistributor.sol";
import {Emissions} from "./libraries/Emissions.sol";

/// @title Escrow and payouts of one project
/// @dev INVARIANT: owed <= funded - refunded. As cumulative amounts never fall from one root to the next (what the challenge
/// window is for), all claims together stay within `owed`, and the balance covers what is owed and not yet claimed.
contract RewardDistributor is Escrow, EIP712, Nonces {
    using SafeERC20 for IERC20;

    /// @dev One slot, so that a claim writes one word.
    struct Account {
        uint96 claimed;
        address payee;
    }

    bytes32 private constant CLAIM_TYPEHASH =
        keccak256("Claim(address account,uint96 cumulative,address to,uint256 nonce,uint256 deadline)");

    /// @inheritdoc IRewardDistributor
    address public immutable registry;
    EmissionKind private immutable _kind;
    uint96 private immutable _first;
    uint64 private immutable _period;

    mapping(address account => Account) private _accounts;
    /// @inheritdoc IRewardDistributor
    mapping(address account => address) public claimerOf;

    modifier onlyBook() {
        if (msg.sender != book) revert NotRoundBook(msg.sender);
        _;
    }

    constructor(address token_, address book_, address registry_, Emission memory emission_)
        Escrow(token_, book_)
        EIP712("Weighhouse", "1")
    {
        if (emission_.first == 0) revert BadEmission();
        if (emission_.kind != EmissionKind.Fixed && emission_.period == 0) revert BadEmission();
        registry = registry_;
        _kind = emission_.kind;
        _first = emission_.first;
        _period = emission_.period;
    }

    /// @inheritdoc IRewardDistributor
    function post(uint64 id, bytes32 node, uint96 sum, uint8 depth, uint40 activatesAt) external onlyBook {
        // INVARIANT: no root, pending or active, ever owes more than was paid in.
        uint256 kept = _kept();
        if (sum > kept) revert SumExceedsFunding(sum, kept);
        uint256 cap = Emissions.cumulative(emission(), id);
        if (sum > cap) revert SumExceedsBudget(sum, cap);
        _push(node, sum, depth, activatesAt, pausedUntil(Flow.Claims));
    }

    /// @inheritdoc IRewardDistributor
    function revoke() external onlyBook {
        _pop();
    }

    /// @inheritdoc IRewardDistributor
    function claim(uint256 root, uint256 index, uint256 cumulative, bytes calldata path)
        external
        returns (uint256 amount)
    {
        _requireActive(root, _prove(root, msg.sender, index, cumulative, path));
        // SAFETY: proven, so it is a leaf's.
        return _pay(msg.sender, uint96(cumulative), address(0));
    }

    /// @inheritdoc IRewardDistributor
    function claimTo(uint24 root, Claim calldata leaf, address to) external returns (uint256 amount) {
        if (msg.sender != leaf.account && msg.sender != claimerOf[leaf.account]) {
            revert NotClaimer(leaf.account, msg.sender);
        }
        if (to == address(0)) revert ZeroAddress();
        return _claim(root, leaf, to);
    }

    /// @inheritdoc IRewardDistributor
    function claimFor(uint24 root, Claim calldata leaf) external returns (uint256 amount) {
        return _claim(root, leaf, address(0));
    }

    /// @inheritdoc IRewardDistributor
    function claimSigned(
        uint24 root,
        Claim calldata leaf,
        address to,
        uint256 deadline,
        bytes calldata signature
    ) external returns (uint256 amount) {
        if (to == address(0)) revert ZeroAddress();
        if (block.timestamp > deadline) revert SignatureExpired(deadline, block.timestamp);
        address account = leaf.account;
        bytes32 digest = claimDigest(account, leaf.cumulative, to, _useNonce(account), deadline);
        if (!SignatureChecker.isValidSignatureNowCalldata(account, digest, signature)) {
            revert WrongSignature(account);
        }
        return _claim(root, leaf, to);
    }

    /// @inheritdoc IRewardDistributor
    function claimBatch(uint24 root, Claim[] calldata leaves) external returns (uint256 amount) {
        for (uint256 i = 0; i < leaves.length; ++i) {
            Claim calldata leaf = leaves[i];
            address account = leaf.account;
            uint96 cumulative = leaf.cumulative;
            if (cumulative <= _accounts[account].claimed) continue;
            _requireActive(root, _prove(root, account, leaf.index, cumulative, leaf.path));
            try this.payProven(account, cumulative) returns (uint256 paid) {
                amount += paid;
            } catch {
                emit PaymentFailed(account, payeeOf(account));
            }
        }
    }

    /// @inheritdoc IRewardDistributor
    function payProven(address account, uint96 cumulative) external returns (uint256 amount) {
        if (msg.sender != address(this)) revert NotClaimer(account, msg.sender);
        return _pay(account, cumulative, address(0));
    }

    /// @inheritdoc IRewardDistributor
    function cancelSigned() external returns (uint256 nonce) {
        nonce = _useNonce(msg.sender) + 1;
        emit SignedCancelled(msg.sender, nonce);
    }

    /// @inheritdoc IRewardDistributor
    function setPayee(address payee) external {
        _setPayee(msg.sender, payee);
    }

    /// @inheritdoc IRewardDistributor
    function setPayeeOf(address account, address payee) external {
        if (msg.sender != registry) revert NotRegistry(msg.sender);
        _setPayee(account, payee);
    }

    /// @inheritdoc IRewardDistributor
    function setClaimer(address claimer) external {
        claimerOf[msg.sender] = claimer;
        emit ClaimerSet(msg.sender, claimer);
    }

    /// @inheritdoc IRewardDistributor
    function claimed(address account) external view returns (uint96) {
        return _accounts[account].claimed;
    }

    /// @inheritdoc IRewardDistributor
    function budget(uint64 id) external view returns (uint96) {
        uint256 cap = Math.min(Emissions.cumulative(emission(), id), _kept());
        // SAFETY: at most `funded`.
        return uint96(Math.saturatingSub(cap, _ledger.owed));
    }

    /// @inheritdoc IRewardDistributor
    function claimDigest(address account, uint96 cumulative, address to, uint256 nonce, uint256 deadline)
        public
        view
        returns (bytes32)
    {
        return
            _hashTypedDataV4(keccak256(abi.encode(CLAIM_TYPEHASH, account, cumulative, to, nonce, deadline)));
    }

    /// @inheritdoc IRewardDistributor
    function payeeOf(address account) public view returns (address) {
        address payee = _accounts[account].payee;
        return payee == address(0) ? account : payee;
    }

    /// @inheritdoc IRewardDistributor
    function emission() public view returns (Emission memory) {
        return Emission({kind: _kind, first: _first, period: _period});
    }

    function _claim(uint24 root, Claim calldata leaf, address to) private returns (uint256) {
        address account = leaf.account;
        uint96 cumulative = leaf.cumulative;
        _requireActive(root, _prove(root, account, leaf.index, cumulative, leaf.path));
        return _pay(account, cumulative, to);
    }

    /// @param time From when the root can be claimed against.
    function _requireActive(uint256 root, uint256 time) private view {
        if (block.timestamp >= time) return;
        uint40 held = pausedUntil(Flow.Claims);
        if (block.timestamp < held) revert PausedUntil(Flow.Claims, held);
        revert NotActiveYet(root, time, block.timestamp);
    }

    /// @dev Pays what a proven leaf says less what was paid before, to the account's payee when `to` is zero. INVARIANT: `claimed`
    /// only grows.
    function _pay(address account, uint96 cumulative, address to) private returns (uint256 amount) {
        Account storage self = _accounts[account];
        (uint96 before, address payee) = (self.claimed, self.payee);
        if (cumulative <= before) revert AlreadyClaimed(account, cumulative, before);
        // SAFETY: just compared.
        unchecked {
            amount = cumulative - before;
        }
        if (to == address(0)) to = payee == address(0) ? account : payee;
        self.claimed = cumulative;
        emit Claimed(account, to, amount);
        IERC20(token).safeTransfer(to, amount);
    }

    function _setPayee(address account, address payee) private {
        _accounts[account].payee = payee;
        emit PayeeSet(account, payee);
    }
}
