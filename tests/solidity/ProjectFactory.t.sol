// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

import {PeerRegistry} from "../../contracts/PeerRegistry.sol";
import {ProjectFactory} from "../../contracts/ProjectFactory.sol";
import {RewardDistributor} from "../../contracts/RewardDistributor.sol";
import {RoundBook} from "../../contracts/RoundBook.sol";
import {ScoreCourt} from "../../contracts/ScoreCourt.sol";
import {Judges} from "../../contracts/interfaces/CourtTypes.sol";
import {IPeerRegistry} from "../../contracts/interfaces/IPeerRegistry.sol";
import {
    IProjectFactory,
    ProjectConfig,
    ProjectContracts
} from "../../contracts/interfaces/IProjectFactory.sol";
import {IRewardDistributor} from "../../contracts/interfaces/IRewardDistributor.sol";
import {IRoundBook} from "../../contracts/interfaces/IRoundBook.sol";
import {Project} from "./util/Project.sol";

contract ProjectFactoryTest is Project {
    function test_AProjectsContractsKnowEachOther() public view {
        assertEq(address(book.registry()), address(registry));
        assertEq(address(book.distributor()), address(distributor));
        assertEq(distributor.book(), address(book));
        assertEq(distributor.registry(), address(registry));
        assertEq(registry.distributor(), address(distributor));
        assertEq(registry.court(), court);
        assertEq(book.court(), court);
        assertEq(scoreCourt.book(), address(book));
        assertEq(scoreCourt.registry(), address(registry));
        assertEq(scoreCourt.distributor(), address(distributor));
        assertEq(registry.token(), distributor.token());
    }

    function test_CreatingAnnouncesTheProject() public {
        ProjectConfig memory wanted = config(address(token));
        uint256 before = vm.snapshotState();
        (uint256 id, ProjectContracts memory contracts) = factory.create(wanted);
        vm.revertToState(before);
        assertEq(id, 2);
        vm.expectEmit(address(factory));
        emit IProjectFactory.ProjectCreated(
            2,
            owner,
            address(token),
            contracts.registry,
            contracts.book,
            contracts.distributor,
            contracts.court,
            POLICY
        );
        vm.prank(stranger);
        factory.create(wanted);
    }

    function test_ProjectsAreNumberedFromOneAndFoundAgain() public {
        assertEq(factory.projects(), 1);
        ProjectContracts memory first = factory.project(1);
        assertEq(first.registry, address(registry));
        assertEq(first.book, address(book));
        assertEq(first.distributor, address(distributor));
        assertEq(first.court, court);
        for (uint256 id = 2; id <= 5; ++id) {
            (uint256 created, ProjectContracts memory contracts) = factory.create(config(address(token)));
            assertEq(created, id);
            assertEq(factory.projects(), id);
            assertEq(keccak256(abi.encode(factory.project(id))), keccak256(abi.encode(contracts)));
            assertTrue(contracts.book != address(book), "a project of its own");
        }
    }

    function test_RevertWhen_TheProjectIsUnknown() public {
        uint256[3] memory unknown = [uint256(0), 2, type(uint256).max];
        for (uint256 i = 0; i < unknown.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IProjectFactory.UnknownProject.selector, unknown[i]));
            factory.project(unknown[i]);
        }
    }

    function test_ADeployedContractIsTheOneThatWasCompiled() public {
        assertEq(
            address(registry).code.length,
            address(new PeerRegistry(address(token), court, address(distributor), 1, 1, 1)).code.length
        );
        assertEq(factory.registryBlueprint().code, bytes.concat(hex"fe7100", type(PeerRegistry).creationCode));
        assertEq(factory.bookBlueprint().code, bytes.concat(hex"fe7100", type(RoundBook).creationCode));
        assertEq(
            factory.distributorBlueprint().code,
            bytes.concat(hex"fe7100", type(RewardDistributor).creationCode)
        );
        assertEq(factory.courtBlueprint().code, bytes.concat(hex"fe7100", type(ScoreCourt).creationCode));
    }

    function assertEq(bytes memory actual, bytes memory expected) private pure {
        assertEq(keccak256(actual), keccak256(expected));
    }

    function test_ABlueprintCannotBeCalled() public {
        (bool success,) = factory.registryBlueprint().call("");
        assertFalse(success, "called");
    }

    function test_RevertWhen_ABlueprintIsNone() public {
        address good = factory.registryBlueprint();
        Judges memory none;
        address[3] memory bad = [stranger, address(token), address(0)];
        for (uint256 i = 0; i < bad.length; ++i) {
            bytes memory reason = abi.encodeWithSelector(IProjectFactory.NotBlueprint.selector, bad[i]);
            vm.expectRevert(reason);
            new ProjectFactory(bad[i], good, good, good, none);
            vm.expectRevert(reason);
            new ProjectFactory(good, bad[i], good, good, none);
            vm.expectRevert(reason);
            new ProjectFactory(good, good, bad[i], good, none);
            vm.expectRevert(reason);
            new ProjectFactory(good, good, good, bad[i], none);
        }
    }

    function test_RevertWhen_ABlueprintHoldsNoCode() public {
        address good = factory.registryBlueprint();
        Judges memory none;
        bytes[3] memory codes = [bytes(hex"fe71"), hex"fe7100", hex"fe710100"];
        for (uint256 i = 0; i < codes.length; ++i) {
            vm.etch(stranger, codes[i]);
            vm.expectRevert(abi.encodeWithSelector(IProjectFactory.NotBlueprint.selector, stranger));
            new ProjectFactory(good, good, good, stranger, none);
        }
        vm.etch(stranger, hex"fe710000");
        new ProjectFactory(good, good, good, stranger, none);
    }

    function test_RevertWhen_StakeCouldLeaveWhileARoundIsOpen() public {
        ProjectConfig memory wanted = config(address(token));
        wanted.unbondingPeriod = UNBONDING - 1;
        vm.expectRevert(
            abi.encodeWithSelector(IProjectFactory.UnbondingTooShort.selector, UNBONDING - 1, UNBONDING)
        );
        factory.create(wanted);
    }

    function test_TheLongestScheduleDoesNotOverflow() public {
        ProjectConfig memory wanted = config(address(token));
        uint32 longest = type(uint32).max;
        wanted.schedule.commit = longest;
        wanted.schedule.publish = longest;
        wanted.schedule.measure = longest;
        wanted.schedule.reveal = longest;
        wanted.schedule.challenge = longest;
        wanted.unbondingPeriod = uint40(6 * uint256(longest) + ARBITRATION);
        factory.create(wanted);
        wanted.unbondingPeriod -= 1;
        vm.expectRevert(
            abi.encodeWithSelector(
                IProjectFactory.UnbondingTooShort.selector,
                wanted.unbondingPeriod,
                6 * uint256(longest) + ARBITRATION
            )
        );
        factory.create(wanted);
    }

    /// @dev What the contracts themselves refuse comes through by its name.
    function test_RevertWhen_TheConfigurationMakesNoSense() public {
        ProjectConfig memory wanted = config(address(0));
        refuse(wanted, abi.encodeWithSelector(IProjectFactory.ZeroAddress.selector));
        wanted = config(address(token));
        wanted.policyHash = 0;
        refuse(wanted, abi.encodeWithSelector(IProjectFactory.ZeroPolicy.selector));
        wanted = config(address(token));
        wanted.owner = address(0);
        refuse(wanted, abi.encodeWithSelector(Ownable.OwnableInvalidOwner.selector, address(0)));
        wanted = config(address(token));
        wanted.schedule.measure = 0;
        refuse(wanted, abi.encodeWithSelector(IRoundBook.ZeroDuration.selector));
        wanted = config(address(token));
        wanted.quorum = 0;
        refuse(wanted, abi.encodeWithSelector(IRoundBook.ZeroQuorum.selector));
        wanted = config(address(token));
        wanted.trainerStake = 0;
        refuse(wanted, abi.encodeWithSelector(IPeerRegistry.ZeroAmount.selector));
        wanted = config(address(token));
        wanted.emission.first = 0;
        refuse(wanted, abi.encodeWithSelector(IRewardDistributor.BadEmission.selector));
    }

    function refuse(ProjectConfig memory wanted, bytes memory reason) private {
        vm.expectRevert(reason);
        factory.create(wanted);
        assertEq(factory.projects(), 1);
    }

    function test_AProjectNeedsNoGuardian() public {
        ProjectConfig memory wanted = config(address(token));
        wanted.guardian = address(0);
        deploy(wanted);
        registerAll();
        fund(BUDGET);
        toChallenge(tree2(trainer, 1, rival, 2));
        vm.expectRevert(abi.encodeWithSelector(IRoundBook.NotGuardian.selector, guardian));
        vm.prank(guardian);
        book.veto(1);
    }
}
