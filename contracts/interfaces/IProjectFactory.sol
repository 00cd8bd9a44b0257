// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {CourtConfig, Rules} from "./CourtTypes.sol";
import {Emission} from "./IRewardDistributor.sol";
import {Schedule} from "./IRoundBook.sol";

/// @param token ERC-20 in which stakes are held and payouts made.
/// @param owner Who may announce mechanisms, close the project and take the rest.
/// @param guardian Who may veto a header, and do nothing else; may be the zero address.
/// @param court Stakes, bonds and times of the court.
/// @param rules What the court needs to know of the first mechanism; `Mode.None` when it can prove nothing of it.
/// @param policyHash sha256 of the mechanism's canonical JSON: also its name in the store.
/// @param schedule Lengths of the phases.
/// @param emission Budget rule.
/// @param trainerStake Minimum stake of a trainer.
/// @param evaluatorStake Minimum stake of an evaluator.
/// @param unbondingPeriod Seconds between unbonding and withdrawal; at least a round with its challenge period counted twice,
/// because a header may be removed and posted again, and the time that the arbiter has.
/// @param quorum Evaluators that must reveal before a header can be posted.
struct ProjectConfig {
    address token;
    address owner;
    address guardian;
    CourtConfig court;
    Rules rules;
    bytes32 policyHash;
    Schedule schedule;
    Emission emission;
    uint96 trainerStake;
    uint96 evaluatorStake;
    uint40 unbondingPeriod;
    uint16 quorum;
}

/// @param registry The project's PeerRegistry.
/// @param book The project's RoundBook.
/// @param distributor The project's RewardDistributor.
/// @param court The project's ScoreCourt.
struct ProjectContracts {
    address registry;
    address book;
    address distributor;
    address court;
}

/// @title Deploys projects
/// @notice A project is four immutable contracts that know each other from their constructors. No proxy, no upgrade.
interface IProjectFactory {
    event ProjectCreated(
        uint256 indexed id,
        address indexed owner,
        address indexed token,
        address registry,
        address book,
        address distributor,
        address court,
        bytes32 policyHash
    );

    error UnbondingTooShort(uint256 period, uint256 minimum);
    error ZeroAddress();
    error ZeroPolicy();
    error UnknownProject(uint256 id);
    error NotBlueprint(address account);

    /// @notice Deploys a project. Anyone may, for any owner.
    /// @return id Number of the project; the first is 1.
    function create(ProjectConfig calldata config)
        external
        returns (uint256 id, ProjectContracts memory contracts);

    function project(uint256 id) external view returns (ProjectContracts memory);

    /// @notice How many projects there are.
    function projects() external view returns (uint256);
}
