// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {Claim, Emission, EmissionKind, IRewardDistributor, Root} from "./interfaces/IRewardDistributor.sol";
import {IRoundBook} from "./interfaces/IRoundBook.sol";
import {Emissions} from "./libraries/Emissions.sol";
import {SumMerkle} from "./libraries/SumMerkle.sol";

/// @title Escrow and payouts of one project
/// @dev State is O(1) in rounds and one slot an account that was ever paid or chose a payee.
/// INVARIANT: owed <= funded - refunded. As cumulative amounts never fall from one root to the next (what the challenge window is
/// for), all claims together stay within `owed`, and the balance covers what is owed and not yet claimed.
contract RewardDistributor is IRewardDistributor, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;

    /// @dev What stands. One slot.
    /// @param owed Sum of the latest root, active or pending.
    /// @param settled Sum of the root before it, which stands again when the latest is revoked.
    /// @param activatesAt When the latest becomes active; until then it can be revoked.
    /// @param sequence Number of roots that stand.
    struct Ledger {
        uint96 owed;
        uint96 settled;
        uint40 activatesAt;
        uint24 sequence;
    }

    /// @dev One slot, so that a claim writes one word.
    struct Account {
        uint96 claimed;
        address payee;
    }

    /// @notice How many roots can be claimed against: the pending one and those before it.
    uint256 public constant RING = 16;
    /// @notice Deepest payout tree: indices have 32 bits.
    uint256 public constant MAX_DEPTH = 32;

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
    Ledger private _ledger;
    bytes32[RING] private _roots;
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
        Ledger memory ledger = _ledger;
        if (node == 0 && sum != 0) revert EmptyRoot();
        if (depth > MAX_DEPTH) revert WrongDepth(depth, MAX_DEPTH);
        if (sum < ledger.owed) revert SumDecreases(sum, ledger.owed);
        // INVARIANT: no root, pending or active, ever owes more than was paid in.
        uint256 kept = funded - refunded;
        if (sum > kept) revert SumExceedsFunding(sum, kept);
        uint256 cap = Emissions.cumulative(emission(), id);
        if (sum > cap) revert SumExceedsBudget(sum, cap);

        // INVARIANT: the book posts only when the last round is final, so the latest root is active: it becomes the settled one.
        uint24 next = ledger.sequence + 1;
        _ledger = Ledger({owed: sum, settled: ledger.owed, activatesAt: activatesAt, sequence: next});
        _roots[next % RING] = rootHash(
            Root({round: id, sequence: next, activatesAt: activatesAt, depth: depth, sum: sum, node: node})
        );
        emit RootPosted(id, next, node, sum, depth, activatesAt);
    }

    /// @inheritdoc IRewardDistributor
    function revoke(uint64 id) external onlyBook {
        Ledger memory ledger = _ledger;
        // INVARIANT: the book revokes only within the challenge window, so the latest root is pending and nothing was claimed on it.
        delete _roots[ledger.sequence % RING];
        _ledger = Ledger({
            owed: ledger.settled, settled: ledger.settled, activatesAt: 0, sequence: ledger.sequence - 1
        });
        emit RootRevoked(id, ledger.sequence);
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
        amount = funded - refunded - _ledger.owed;
        if (amount == 0) revert NothingToRefund();
        refunded += uint96(amount);
        emit Refunded(to, amount);
        IERC20(token).safeTransfer(to, amount);
    }

    /// @inheritdoc IRewardDistributor
    function verify(Root calldata root, Claim calldata leaf) external view {
        _requireKnown(root);
        _requireProof(root, leaf);
    }

    /// @inheritdoc IRewardDistributor
    function leafHash(uint32 index, address account, uint96 cumulative) public view returns (bytes32) {
        return SumMerkle.leaf(block.chainid, address(this), index, account, cumulative);
    }

    /// @inheritdoc IRewardDistributor
    function rootHash(Root memory root) public pure returns (bytes32) {
        return keccak256(abi.encode(root));
    }

    /// @inheritdoc IRewardDistributor
    function claimed(address account) external view returns (uint96) {
        return _accounts[account].claimed;
    }

    /// @inheritdoc IRewardDistributor
    function payeeOf(address account) public view returns (address) {
        address payee = _accounts[account].payee;
        return payee == address(0) ? account : payee;
    }

    /// @inheritdoc IRewardDistributor
    function owed() external view returns (uint96) {
        return _ledger.owed;
    }

    /// @inheritdoc IRewardDistributor
    function activeSum() external view returns (uint96) {
        Ledger memory ledger = _ledger;
        return block.timestamp < ledger.activatesAt ? ledger.settled : ledger.owed;
    }

    /// @inheritdoc IRewardDistributor
    function sequence() external view returns (uint24) {
        return _ledger.sequence;
    }

    /// @inheritdoc IRewardDistributor
    function budget(uint64 id) external view returns (uint96) {
        uint256 cap = Math.min(Emissions.cumulative(emission(), id), funded - refunded);
        // SAFETY: at most `funded`.
        return uint96(Math.saturatingSub(cap, _ledger.owed));
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
        Account storage account = _accounts[leaf.account];
        uint96 before = account.claimed;
        if (leaf.cumulative <= before) revert AlreadyClaimed(leaf.account, leaf.cumulative, before);
        amount = leaf.cumulative - before;
        account.claimed = leaf.cumulative;
        emit Claimed(leaf.account, to, amount, leaf.cumulative);
        IERC20(token).safeTransfer(to, amount);
    }

    function _setPayee(address account, address payee) private {
        _accounts[account].payee = payee;
        emit PayeeSet(account, payee);
    }

    function _requireKnown(Root calldata root) private view {
        if (_roots[root.sequence % RING] != rootHash(root)) revert UnknownRoot(root.round, root.sequence);
    }

    function _requireActive(Root calldata root) private view {
        _requireKnown(root);
        if (block.timestamp < root.activatesAt) {
            revert NotActiveYet(root.round, root.activatesAt, block.timestamp);
        }
    }

    function _requireProof(Root calldata root, Claim calldata leaf) private view {
        // INVARIANT: exactly one path length, and an index within it: no leaf can be proven at a second position.
        if (leaf.siblings.length != root.depth) revert WrongDepth(leaf.siblings.length, root.depth);
        if (leaf.sums.length != root.depth) revert WrongDepth(leaf.sums.length, root.depth);
        if (leaf.index >> root.depth != 0) revert WrongIndex(leaf.index, root.depth);
        (bytes32 node, uint256 total) = SumMerkle.fold(
            leafHash(leaf.index, leaf.account, leaf.cumulative),
            leaf.cumulative,
            leaf.index,
            leaf.siblings,
            leaf.sums
        );
        if (total != root.sum) revert WrongSum(total, root.sum);
        if (node != root.node) revert WrongProof(leaf.account);
    }
}
