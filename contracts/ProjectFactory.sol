// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Bytes} from "@openzeppelin/contracts/utils/Bytes.sol";
import {Create3} from "@openzeppelin/contracts/utils/Create3.sol";

import {Judges, Mode} from "./interfaces/CourtTypes.sol";
import {IProjectFactory, ProjectConfig, ProjectContracts} from "./interfaces/IProjectFactory.sol";
import {Schedule} from "./interfaces/IRoundBook.sol";
import {IScoreCourt} from "./interfaces/IScoreCourt.sol";

/// @title Deploys projects
/// @dev The four contracts of a project name each other in immutables, so their addresses must be known before they exist: CREATE3
/// derives them from the project's number alone. That also spares the storage of a list of projects.
contract ProjectFactory is IProjectFactory {
    /// @dev Which of a project's contracts; part of the salt of its address.
    enum Part {
        Registry,
        Book,
        Distributor,
        Court
    }

    /// @notice ERC-5202 blueprints that projects are deployed from.
    address public immutable registryBlueprint;
    address public immutable bookBlueprint;
    address public immutable distributorBlueprint;
    address public immutable courtBlueprint;
    /// @notice The judges of all projects.
    address public immutable scoreJudge;
    address public immutable payoutJudge;
    address public immutable agreementJudge;

    /// @inheritdoc IProjectFactory
    uint256 public projects;

    constructor(
        address registryBlueprint_,
        address bookBlueprint_,
        address distributorBlueprint_,
        address courtBlueprint_,
        Judges memory judges
    ) {
        _initcode(registryBlueprint_, "");
        _initcode(bookBlueprint_, "");
        _initcode(distributorBlueprint_, "");
        _initcode(courtBlueprint_, "");
        registryBlueprint = registryBlueprint_;
        bookBlueprint = bookBlueprint_;
        distributorBlueprint = distributorBlueprint_;
        courtBlueprint = courtBlueprint_;
        scoreJudge = judges.scores;
        payoutJudge = judges.payouts;
        agreementJudge = judges.agreement;
    }

    /// @inheritdoc IProjectFactory
    function create(ProjectConfig calldata config)
        external
        returns (uint256 id, ProjectContracts memory contracts)
    {
        if (config.token == address(0)) revert ZeroAddress();
        if (config.policyHash == 0) revert ZeroPolicy();
        uint256 minimum = _shortestUnbonding(config.schedule, config.court.arbiterPeriod);
        if (config.unbondingPeriod < minimum) revert UnbondingTooShort(config.unbondingPeriod, minimum);

        id = ++projects;
        contracts = _addresses(id);
        emit ProjectCreated(
            id,
            config.owner,
            config.token,
            contracts.registry,
            contracts.book,
            contracts.distributor,
            contracts.court,
            config.policyHash
        );
        _deploy(id, Part.Registry, registryBlueprint, _registryArguments(config, contracts));
        _deploy(id, Part.Book, bookBlueprint, _bookArguments(config, contracts));
        _deploy(id, Part.Distributor, distributorBlueprint, _distributorArguments(config, contracts));
        // The last one: its constructor reads the others.
        _deploy(id, Part.Court, courtBlueprint, _courtArguments(config, contracts));
        if (config.rules.mode != Mode.None) {
            IScoreCourt(contracts.court).register(config.policyHash, config.rules);
        }
    }

    /// @inheritdoc IProjectFactory
    function project(uint256 id) external view returns (ProjectContracts memory) {
        if (id == 0 || id > projects) revert UnknownProject(id);
        return _addresses(id);
    }

    function _deploy(uint256 id, Part part, address blueprint, bytes memory arguments) private {
        // slither-disable-next-line unused-return
        Create3.deploy(0, _salt(id, part), _initcode(blueprint, arguments));
    }

    function _addresses(uint256 id) private view returns (ProjectContracts memory) {
        return ProjectContracts({
            registry: Create3.computeAddress(_salt(id, Part.Registry)),
            book: Create3.computeAddress(_salt(id, Part.Book)),
            distributor: Create3.computeAddress(_salt(id, Part.Distributor)),
            court: Create3.computeAddress(_salt(id, Part.Court))
        });
    }

    function _initcode(address blueprint, bytes memory arguments) private view returns (bytes memory) {
        bytes memory code = blueprint.code;
        if (code.length < 4 || bytes3(code) != 0xfe7100) revert NotBlueprint(blueprint);
        return bytes.concat(Bytes.slice(code, 3), arguments);
    }

    /// @dev Stake must not leave while a round that it vouches for can still be disproved, or its owner found guilty.
    function _shortestUnbonding(Schedule calldata schedule, uint256 arbiterPeriod)
        private
        pure
        returns (uint256)
    {
        return uint256(schedule.commit) + schedule.publish + schedule.measure + schedule.reveal + 2
            * uint256(schedule.challenge) + arbiterPeriod;
    }

    function _salt(uint256 id, Part part) private pure returns (bytes32) {
        return keccak256(abi.encode(id, part));
    }

    function _registryArguments(ProjectConfig calldata config, ProjectContracts memory contracts)
        private
        pure
        returns (bytes memory)
    {
        return abi.encode(
            config.token,
            contracts.court,
            contracts.distributor,
            config.trainerStake,
            config.evaluatorStake,
            config.unbondingPeriod
        );
    }

    function _bookArguments(ProjectConfig calldata config, ProjectContracts memory contracts)
        private
        pure
        returns (bytes memory)
    {
        return abi.encode(
            config.owner,
            config.guardian,
            contracts.court,
            contracts.registry,
            contracts.distributor,
            config.policyHash,
            config.schedule,
            config.quorum
        );
    }

    function _distributorArguments(ProjectConfig calldata config, ProjectContracts memory contracts)
        private
        pure
        returns (bytes memory)
    {
        return abi.encode(config.token, contracts.book, contracts.registry, config.emission);
    }

    function _courtArguments(ProjectConfig calldata config, ProjectContracts memory contracts)
        private
        view
        returns (bytes memory)
    {
        return abi.encode(
            contracts.book,
            contracts.registry,
            contracts.distributor,
            Judges({scores: scoreJudge, payouts: payoutJudge, agreement: agreementJudge}),
            config.court,
            address(this)
        );
    }
}
