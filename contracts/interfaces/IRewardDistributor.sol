// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

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

/// @notice A posted payout tree. The distributor keeps one word for it, the hash of this; a claim brings the rest along.
/// @param round The round that posted it.
/// @param sequence How many roots stood when it was posted, itself included: its place in the ring of claimable roots.
/// Void rounds have no root, so a place that followed the round's number could be taken by a pending root before the
/// last active one has a successor.
/// @param activatesAt From when it can be claimed against.
/// @param depth Depth of the tree.
/// @param sum Sum of all its leaves: everything that the project has ever owed.
/// @param node Root of the Merkle-sum tree.
struct Root {
    uint64 round;
    uint24 sequence;
    uint40 activatesAt;
    uint8 depth;
    uint96 sum;
    bytes32 node;
}

/// @notice One leaf of a payout tree with its path.
/// @param account Who earned it.
/// @param index Position of the leaf.
/// @param cumulative All that the account has ever earned.
/// @param siblings Hashes of the path's siblings, from the leaf up.
/// @param sums Sums of the path's siblings, from the leaf up.
struct Claim {
    address account;
    uint32 index;
    uint96 cumulative;
    bytes32[] siblings;
    uint96[] sums;
}

/// @title Escrow and payouts of one project
/// @notice Payouts are cumulative: a late claim loses nothing and a claim pays what the leaf says less what was paid before.
interface IRewardDistributor {
    event Funded(address indexed from, uint256 amount, uint256 funded);
    event RootPosted(
        uint64 indexed round, uint256 sequence, bytes32 node, uint256 sum, uint256 depth, uint256 activatesAt
    );
    event RootRevoked(uint64 indexed round, uint256 sequence);
    event Claimed(address indexed account, address indexed to, uint256 amount, uint256 cumulative);
    event PayeeSet(address indexed account, address payee);
    event ClaimerSet(address indexed account, address claimer);
    event Refunded(address indexed to, uint256 amount);

    error NotRoundBook(address caller);
    error NotRegistry(address caller);
    error NotClaimer(address account, address caller);
    error UnknownRoot(uint64 round, uint256 sequence);
    error NotActiveYet(uint64 round, uint256 activatesAt, uint256 time);
    error WrongDepth(uint256 length, uint256 depth);
    error WrongIndex(uint256 index, uint256 depth);
    error WrongProof(address account);
    error WrongSum(uint256 sum, uint256 expected);
    error AlreadyClaimed(address account, uint256 cumulative, uint256 claimed);
    error SumExceedsFunding(uint256 sum, uint256 funded);
    error SumExceedsBudget(uint256 sum, uint256 budget);
    error SumDecreases(uint256 sum, uint256 previous);
    error EmptyRoot();
    error ProjectOpen();
    error ProjectClosed();
    error NothingToRefund();
    error ZeroAmount();
    error ZeroAddress();
    error BadEmission();

    /// @notice Adds to the escrow from the caller's approved tokens; counts what really arrived. Anyone may, until the
    /// project is closed: later payments could only go to the owner.
    /// @return received What was counted.
    function fund(uint96 amount) external returns (uint256 received);

    /// @notice Records a payout tree. RoundBook only, and only when the root before it is active.
    /// @param node Root of the Merkle-sum tree; zero only together with a sum of zero (nobody has earned anything yet).
    function post(uint64 id, bytes32 node, uint96 sum, uint8 depth, uint40 activatesAt) external;

    /// @notice Forgets the pending payout tree, which was vetoed or disproved. RoundBook only.
    function revoke(uint64 id) external;

    /// @notice Pays the caller's leaf to the caller's payee.
    function claim(Root calldata root, Claim calldata leaf) external returns (uint256 amount);

    /// @notice Pays a leaf to `to`. Only the account itself or its claimer.
    function claimTo(Root calldata root, Claim calldata leaf, address to) external returns (uint256 amount);

    /// @notice Pays anyone's leaf to that account's payee. Anyone may.
    function claimFor(Root calldata root, Claim calldata leaf) external returns (uint256 amount);

    /// @notice `claimFor` for many leaves of one root; leaves with nothing to claim are skipped, not refused.
    function claimBatch(Root calldata root, Claim[] calldata leaves) external returns (uint256 amount);

    /// @notice Sets where the caller's payouts go by default.
    function setPayee(address payee) external;

    /// @notice Sets the payee of a peer that has just registered. PeerRegistry only.
    function setPayeeOf(address account, address payee) external;

    /// @notice Allows `claimer` to call `claimTo` for the caller.
    function setClaimer(address claimer) external;

    /// @notice Pays the escrow that no posted header owes to `to`. Owner of the RoundBook only, after the project is closed
    /// and its last round final.
    function refund(address to) external returns (uint256 amount);

    /// @notice Whether `leaf` is in the tree of `root`, pending or active: returns when it is, reverts with the reason when
    /// it is not, exactly as a claim would.
    function verify(Root calldata root, Claim calldata leaf) external view;

    function rootHash(Root calldata root) external pure returns (bytes32);
    /// @notice Hash of a leaf in this distributor's trees: it binds chain, contract, index, account and amount.
    function leafHash(uint32 index, address account, uint96 cumulative) external view returns (bytes32);
    function claimed(address account) external view returns (uint96);
    function payeeOf(address account) external view returns (address);
    function claimerOf(address account) external view returns (address);
    /// @notice Everything ever paid in, as received.
    function funded() external view returns (uint96);
    /// @notice Everything ever refunded to the owner.
    function refunded() external view returns (uint96);
    /// @notice Sum of the latest root that stands, active or not: what the escrow must keep (less what was claimed).
    function owed() external view returns (uint96);
    /// @notice Sum of the latest root that can be claimed against.
    function activeSum() external view returns (uint96);
    /// @notice Number of roots that stand; the sequence of the latest.
    function sequence() external view returns (uint24);
    /// @notice What the next header of round `id` may pay in total, above what is owed already.
    function budget(uint64 id) external view returns (uint96);
    function emission() external view returns (Emission memory);
    function token() external view returns (address);
    function book() external view returns (address);
    function registry() external view returns (address);
}
