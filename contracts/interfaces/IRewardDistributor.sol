// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IEscrow} from "./IEscrow.sol";

/// @notice How much may be paid up to a round.
enum EmissionKind {
    Fixed, // the same every round
    Linear, // falls by an equal step every round, to zero after `period` rounds
    Halving // halves every `period` rounds
}

/// @param kind Shape of the schedule.
/// @param first Budget of the first round, in token units.
/// @param period Rounds until zero (Linear) or between halvings (Halving); ignored for Fixed.
struct Emission {
    EmissionKind kind;
    uint96 first;
    uint64 period;
}

/// @notice One leaf of a payout tree with its path.
/// @param account Who earned it.
/// @param index Position of the leaf.
/// @param cumulative All that the account has ever earned.
/// @param path The siblings from the leaf up, 44 bytes each: hash (32) and sum (12). One string and not two arrays, because a claim
/// pays for every byte that it carries.
struct Claim {
    address account;
    uint32 index;
    uint96 cumulative;
    bytes path;
}

/// @title Escrow and payouts of one project
/// @notice A root is a posted payout tree, and goes by its sequence: how many stood when it was posted, itself included. Void rounds have
/// no root, so with the round's number for its place in the ring a pending root could take the place of the last active one. The
/// distributor keeps one word for a root; a claim names the root and brings a leaf with its path, from which all else follows.
/// Payouts are cumulative: a late claim loses nothing and a claim pays what the leaf says less what was paid before.
interface IRewardDistributor is IEscrow {
    event Claimed(address indexed account, address to, uint256 amount);
    event PayeeSet(address indexed account, address payee);
    event ClaimerSet(address indexed account, address claimer);
    /// @notice A batch could not pay this leaf; everything that it earned can still be claimed.
    event PaymentFailed(address indexed account, address to);
    event SignedCancelled(address indexed account, uint256 nonce);

    error NotRoundBook(address caller);
    error NotRegistry(address caller);
    error NotClaimer(address account, address caller);
    error UnknownRoot(uint256 root);
    error NotActiveYet(uint256 root, uint256 activatesAt, uint256 time);
    error WrongDepth(uint256 depth, uint256 deepest);
    error RaggedPath(uint256 length);
    error WrongIndex(uint256 index, uint256 depth);
    error WrongProof(address account);
    error AlreadyClaimed(address account, uint256 cumulative, uint256 claimed);
    error SumExceedsFunding(uint256 sum, uint256 funded);
    error SumExceedsBudget(uint256 sum, uint256 budget);
    error SumDecreases(uint256 sum, uint256 previous);
    error EmptyRoot();
    error SignatureExpired(uint256 deadline, uint256 time);
    error WrongSignature(address account);
    error BadEmission();

    /// @notice Records a payout tree. RoundBook only, and only when the root before it is active. The book's events tell of it.
    /// @param node Root of the Merkle-sum tree; zero only together with a sum of zero (nobody has earned anything yet).
    function post(uint64 id, bytes32 node, uint96 sum, uint8 depth, uint40 activatesAt) external;

    /// @notice Forgets the pending payout tree, which was vetoed or disproved. RoundBook only.
    function revoke() external;

    /// @notice Pays the caller's own leaf to the caller's payee. The fields of `Claim`, without the account: the cheapest way.
    function claim(uint256 root, uint256 index, uint256 cumulative, bytes calldata path)
        external
        returns (uint256 amount);

    /// @notice Pays a leaf to `to`. Only the account itself or its claimer.
    function claimTo(uint24 root, Claim calldata leaf, address to) external returns (uint256 amount);

    /// @notice Pays anyone's leaf to that account's payee. Anyone may.
    function claimFor(uint24 root, Claim calldata leaf) external returns (uint256 amount);

    /// @notice Pays a leaf to `to` by the word of its account, which need not have ether: anyone may bring the signature, once.
    /// @param deadline Until when the signature counts.
    /// @param signature The account's over `claimDigest` with its current nonce: ECDSA, or whatever the account, being a contract,
    /// accepts (ERC-1271).
    function claimSigned(
        uint24 root,
        Claim calldata leaf,
        address to,
        uint256 deadline,
        bytes calldata signature
    ) external returns (uint256 amount);

    /// @notice Makes every signature void that the caller gave for its current nonce.
    /// @return nonce The next one.
    function cancelSigned() external returns (uint256 nonce);

    /// @notice `claimFor` for many leaves of one root. Leaves with nothing to claim are skipped, not refused; a payee that cannot be
    /// paid keeps nobody else from being paid.
    function claimBatch(uint24 root, Claim[] calldata leaves) external returns (uint256 amount);

    /// @notice A batch's payment of one proven leaf. This contract only: a call of its own is all that the leaf's failure undoes.
    function payProven(address account, uint96 cumulative) external returns (uint256 amount);

    /// @notice Sets where the caller's payouts go by default.
    function setPayee(address payee) external;

    /// @notice Sets the payee of a peer that has just registered. PeerRegistry only.
    function setPayeeOf(address account, address payee) external;

    /// @notice Allows `claimer` to call `claimTo` for the caller.
    function setClaimer(address claimer) external;

    /// @notice Whether `leaf` is in the tree of `root`, pending or active: returns when it is, reverts with the reason when
    /// it is not, exactly as a claim would.
    function verify(uint24 root, Claim calldata leaf) external view;

    /// @notice From when a root can be claimed against: when it is active and claims are not paused. Reverts when the root does
    /// not stand, or is not among the last that do.
    function claimableFrom(uint24 root) external view returns (uint40);

    /// @notice What is kept of a root, cut to 27 bytes.
    function rootHash(uint256 root, uint256 depth, uint256 sum, bytes32 node) external pure returns (bytes32);
    /// @notice Hash of a leaf in this distributor's trees: it binds chain, contract, index, account and amount.
    function leafHash(uint32 index, address account, uint96 cumulative) external view returns (bytes32);
    /// @notice What an account signs (EIP-712) to have its leaf of this cumulative amount paid to `to`. Binds chain and contract.
    function claimDigest(address account, uint96 cumulative, address to, uint256 nonce, uint256 deadline)
        external
        view
        returns (bytes32);
    function claimed(address account) external view returns (uint96);
    function payeeOf(address account) external view returns (address);
    function claimerOf(address account) external view returns (address);
    /// @notice Sum of the latest root that stands, active or not: what the escrow must keep (less what was claimed).
    function owed() external view returns (uint96);
    /// @notice Sum of the latest root that can be claimed against.
    function activeSum() external view returns (uint96);
    /// @notice Number of roots that stand; the sequence of the latest.
    function sequence() external view returns (uint24);
    /// @notice What the next header of round `id` may pay in total, above what is owed already.
    function budget(uint64 id) external view returns (uint96);
    function emission() external view returns (Emission memory);
    function registry() external view returns (address);
}
