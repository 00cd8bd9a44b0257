// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {PayoutRoots} from "./base/PayoutRoots.sol";
import {Claim, Emission, EmissionKind, IRewardDistributor, Root} from "./interfaces/IRewardDistributor.sol";
import {IRoundBook} from "./interfaces/IRoundBook.sol";
import {Emissions} from "./libraries/Emissions.sol";

/// @title Escrow and payouts of one project
/// @dev INVARIANT: owed <= funded - refunded. As cumulative amounts never fall from one root to the next (what the challenge
/// window is for), all claims together stay within `owed`, and the balance covers what is owed and not yet claimed.
contract RewardDistributor is PayoutRoots, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;

    /// @dev One slot, so that a claim writes one word.
    struct Account {
        uint96 claimed;
        address payee;
    }

    /// @inheritdoc IRewardDistributor
    address public immutable token;
    /// @inheritdoc IRewardDistributor
    address public immutable book;
    /// @inheritdoc IRewardDistributor
    address public immutable registry;
    EmissionKind private immutable _kind;
    uint96 private immutable _first;
    uint64 private immutable _period;

    /// @inheritdoc IRewardDistributor
    uint96 public funded;
    /// @inheritdoc IRewardDistributor
    uint96 public refunded;
    mapping(address account => Account) private _accounts;
    /// @inheritdoc IRewardDistributor
    mapping(address account => address) public claimerOf;

    modifier onlyBook() {
        if (msg.sender != book) revert NotRoundBook(msg.sender);
        _;
    }

    constructor(address token_, address book_, address registry_, Emission memory emission_) {
        if (emission_.first == 0) revert BadEmission();
        if (emission_.kind != EmissionKind.Fixed && emission_.period == 0) revert BadEmission();
        token = token_;
        book = book_;
        registry = registry_;
        _kind = emission_.kind;
        _first = emission_.first;
        _period = emission_.period;
    }

    /// @inheritdoc IRewardDistributor
    /// @dev The guard keeps a token with callbacks from having one deposit counted by two calls.
    function fund(uint96 amount) external nonReentrant returns (uint256 received) {
        if (IRoundBook(book).closed()) revert ProjectClosed();
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        received = IERC20(token).balanceOf(address(this)) - before;
        if (received == 0) revert ZeroAmount();
        uint96 total = (funded + received).toUint96();
        funded = total;
        emit Funded(msg.sender, received, total);
    }

    /// @inheritdoc IRewardDistributor
    function post(uint64 id, bytes32 node, uint96 sum, uint8 depth, uint40 activatesAt) external onlyBook {
        // INVARIANT: no root, pending or active, ever owes more than was paid in.
        uint256 kept = _kept();
        if (sum > kept) revert SumExceedsFunding(sum, kept);
        uint256 cap = Emissions.cumulative(emission(), id);
        if (sum > cap) revert SumExceedsBudget(sum, cap);
        _push(id, node, sum, depth, activatesAt);
    }

    /// @inheritdoc IRewardDistributor
    function revoke(uint64 id) external onlyBook {
        _pop(id);
    }

    /// @inheritdoc IRewardDistributor
    function claim(Root calldata root, Claim calldata leaf) external returns (uint256 amount) {
        if (msg.sender != leaf.account) revert NotClaimer(leaf.account, msg.sender);
        return _claim(root, leaf, payeeOf(leaf.account));
    }

    /// @inheritdoc IRewardDistributor
    function claimTo(Root calldata root, Claim calldata leaf, address to) external returns (uint256 amount) {
        if (msg.sender != leaf.account && msg.sender != claimerOf[leaf.account]) {
            revert NotClaimer(leaf.account, msg.sender);
        }
        if (to == address(0)) revert ZeroAddress();
        return _claim(root, leaf, to);
    }

    /// @inheritdoc IRewardDistributor
    function claimFor(Root calldata root, Claim calldata leaf) external returns (uint256 amount) {
        return _claim(root, leaf, payeeOf(leaf.account));
    }

    /// @inheritdoc IRewardDistributor
    function claimBatch(Root calldata root, Claim[] calldata leaves) external returns (uint256 amount) {
        _requireActive(root);
        for (uint256 i = 0; i < leaves.length; ++i) {
            Claim calldata leaf = leaves[i];
            if (leaf.cumulative <= _accounts[leaf.account].claimed) continue;
            _requireProof(root, leaf);
            amount += _pay(leaf, payeeOf(leaf.account));
        }
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
    function refund(address to) external returns (uint256 amount) {
        if (msg.sender != Ownable(book).owner()) revert Ownable.OwnableUnauthorizedAccount(msg.sender);
        if (to == address(0)) revert ZeroAddress();
        if (!IRoundBook(book).closed() || !IRoundBook(book).idle()) revert ProjectOpen();
        // INVARIANT: counted, not read from the balance, so that tokens sent past `fund` change nothing here.
        amount = _kept() - _ledger.owed;
        if (amount == 0) revert NothingToRefund();
        // SAFETY: at most `funded`.
        refunded += uint96(amount);
        emit Refunded(to, amount);
        IERC20(token).safeTransfer(to, amount);
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
    function payeeOf(address account) public view returns (address) {
        address payee = _accounts[account].payee;
        return payee == address(0) ? account : payee;
    }

    /// @inheritdoc IRewardDistributor
    function emission() public view returns (Emission memory) {
        return Emission({kind: _kind, first: _first, period: _period});
    }

    function _claim(Root calldata root, Claim calldata leaf, address to) private returns (uint256) {
        _requireActive(root);
        _requireProof(root, leaf);
        return _pay(leaf, to);
    }

    /// @dev Pays what a proven leaf says less what was paid before. INVARIANT: `claimed` only grows.
    function _pay(Claim calldata leaf, address to) private returns (uint256 amount) {
        address account = leaf.account;
        uint96 cumulative = leaf.cumulative;
        uint96 before = _accounts[account].claimed;
        if (cumulative <= before) revert AlreadyClaimed(account, cumulative, before);
        // SAFETY: just compared.
        unchecked {
            amount = cumulative - before;
        }
        _accounts[account].claimed = cumulative;
        emit Claimed(account, to, amount, cumulative);
        IERC20(token).safeTransfer(to, amount);
    }

    function _setPayee(address account, address payee) private {
        _accounts[account].payee = payee;
        emit PayeeSet(account, payee);
    }

    function _kept() private view returns (uint256) {
        return funded - refunded;
    }
}
