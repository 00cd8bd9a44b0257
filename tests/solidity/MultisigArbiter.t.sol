// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {MultisigArbiter} from "../../contracts/MultisigArbiter.sol";
import {Verdict} from "../../contracts/interfaces/IArbiter.sol";
import {Assertions} from "./util/Assertions.sol";

/// @notice A contract that signs whatever it was told to.
contract Signer {
    bytes32 private _digest;

    function sign(bytes32 digest) external {
        _digest = digest;
    }

    function isValidSignature(bytes32 digest, bytes calldata) external view returns (bytes4) {
        return digest == _digest ? bytes4(0x1626ba7e) : bytes4(0);
    }
}

contract MultisigArbiterTest is Assertions {
    uint256 private constant KEY = 0xa11ce;

    MultisigArbiter private arbiter;
    address private court = actor("court");
    address[] private signers;
    Signer private wallet;

    function setUp() public {
        wallet = new Signer();
        signers.push(actor("first"));
        signers.push(vm.addr(KEY));
        signers.push(address(wallet));
        arbiter = new MultisigArbiter(signers, 2);
    }

    function test_AVerdictNeedsAsManySignersAsTheThreshold() public {
        vm.expectEmit(address(arbiter));
        emit MultisigArbiter.Voted(court, 7, signers[0], Verdict.Guilty);
        vote(0, Verdict.Guilty);
        assertTrue(arbiter.verdict(court, 7) == Verdict.Pending, "one is not enough");
        vote(1, Verdict.Innocent);
        assertTrue(arbiter.verdict(court, 7) == Verdict.Pending, "they disagree");
        vm.expectEmit(address(arbiter));
        emit MultisigArbiter.Ruled(court, 7, Verdict.Guilty);
        vote(2, Verdict.Guilty);
        assertTrue(arbiter.verdict(court, 7) == Verdict.Guilty, "decided");
        assertEq(arbiter.votes(court, 7, Verdict.Guilty), 2);
        assertTrue(arbiter.verdict(court, 8) == Verdict.Pending, "another case");
        assertTrue(arbiter.verdict(actor("another"), 7) == Verdict.Pending, "another court");
    }

    function vote(uint256 signer, Verdict found) private {
        vm.prank(signers[signer]);
        arbiter.vote(court, 7, found);
    }

    function test_SignaturesCountAsVotes() public {
        address[] memory who = new address[](2);
        bytes[] memory signatures = new bytes[](2);
        (who[0], who[1]) = (signers[1], signers[2]);
        signatures[0] = signed(Verdict.Innocent);
        wallet.sign(arbiter.rulingHash(court, 7, Verdict.Innocent));
        arbiter.submit(court, 7, Verdict.Innocent, who, signatures);
        assertTrue(arbiter.verdict(court, 7) == Verdict.Innocent, "decided");
    }

    function signed(Verdict found) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, arbiter.rulingHash(court, 7, found));
        return abi.encodePacked(r, s, v);
    }

    /// @dev The digest that wallets show: EIP-712, written out.
    function test_ASignerSignsAnEip712Ruling() public view {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256("MultisigArbiter"),
                keccak256("1"),
                block.chainid,
                address(arbiter)
            )
        );
        bytes32 ruling =
            keccak256(abi.encode(keccak256("Ruling(address court,uint256 id,uint8 verdict)"), court, 7, 2));
        assertEq(
            arbiter.rulingHash(court, 7, Verdict.Innocent), keccak256(bytes.concat(hex"1901", domain, ruling))
        );
    }

    function test_RevertWhen_ASignatureIsOfSomethingElse() public {
        address[] memory who = new address[](1);
        bytes[] memory signatures = new bytes[](1);
        who[0] = signers[1];
        signatures[0] = signed(Verdict.Guilty);
        vm.expectRevert(abi.encodeWithSelector(MultisigArbiter.WrongSignature.selector, who[0]));
        arbiter.submit(court, 7, Verdict.Innocent, who, signatures);
        vm.expectRevert(abi.encodeWithSelector(MultisigArbiter.WrongSignature.selector, who[0]));
        arbiter.submit(court, 8, Verdict.Guilty, who, signatures);
        who[0] = signers[2];
        vm.expectRevert(abi.encodeWithSelector(MultisigArbiter.WrongSignature.selector, who[0]));
        arbiter.submit(court, 7, Verdict.Guilty, who, signatures);
        vm.expectRevert(abi.encodeWithSelector(MultisigArbiter.WrongLength.selector, 0, 1));
        arbiter.submit(court, 7, Verdict.Guilty, who, new bytes[](0));
    }

    function test_RevertWhen_VotingTwice() public {
        vote(1, Verdict.Guilty);
        vm.expectRevert(abi.encodeWithSelector(MultisigArbiter.AlreadyVoted.selector, signers[1]));
        vote(1, Verdict.Innocent);
        // Nor by a signature after a transaction, nor by the same signature again.
        address[] memory who = new address[](1);
        bytes[] memory signatures = new bytes[](1);
        (who[0], signatures[0]) = (signers[1], signed(Verdict.Guilty));
        vm.expectRevert(abi.encodeWithSelector(MultisigArbiter.AlreadyVoted.selector, signers[1]));
        arbiter.submit(court, 7, Verdict.Guilty, who, signatures);
    }

    function test_RevertWhen_ItIsDecided() public {
        vote(0, Verdict.Guilty);
        vote(1, Verdict.Guilty);
        vm.expectRevert(
            abi.encodeWithSelector(MultisigArbiter.AlreadyRuled.selector, court, 7, Verdict.Guilty)
        );
        vote(2, Verdict.Innocent);
    }

    function test_RevertWhen_TheVoteIsNone() public {
        vm.expectRevert(abi.encodeWithSelector(MultisigArbiter.NotSigner.selector, court));
        vm.prank(court);
        arbiter.vote(court, 7, Verdict.Guilty);
        vm.expectRevert(abi.encodeWithSelector(MultisigArbiter.NoVerdict.selector));
        vote(0, Verdict.Pending);
    }

    function test_RevertWhen_TheSignersMakeNoSense() public {
        vm.expectRevert(abi.encodeWithSelector(MultisigArbiter.BadThreshold.selector, 0, 3));
        new MultisigArbiter(signers, 0);
        vm.expectRevert(abi.encodeWithSelector(MultisigArbiter.BadThreshold.selector, 4, 3));
        new MultisigArbiter(signers, 4);
        signers[2] = signers[0];
        vm.expectRevert(abi.encodeWithSelector(MultisigArbiter.BadSigner.selector, signers[0]));
        new MultisigArbiter(signers, 2);
        signers[2] = address(0);
        vm.expectRevert(abi.encodeWithSelector(MultisigArbiter.BadSigner.selector, address(0)));
        new MultisigArbiter(signers, 2);
    }
}
