// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {Claim, IRewardDistributor} from "../../../contracts/interfaces/IRewardDistributor.sol";
import {PayoutTree} from "../util/PayoutTree.sol";
import {Project} from "../util/Project.sol";

/// @notice An account that is a contract: it accepts one digest, whatever the signature.
contract Wallet is IERC1271 {
    bytes32 private _accepted;

    function accept(bytes32 digest) external {
        _accepted = digest;
    }

    function isValidSignature(bytes32 digest, bytes calldata) external view returns (bytes4) {
        return digest == _accepted ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}

/// @notice A signature pays what was signed to whom was signed, once, until its deadline, here and nowhere else.
contract SignedClaimsTest is Project {
    using PayoutTree for PayoutTree.Tree;

    uint256 private constant KEY = 0xa11ce;

    address private signer = vm.addr(KEY);
    Wallet private wallet = new Wallet();
    uint256 private deadline;
    PayoutTree.Tree private tree;
    uint24 private root;

    function setUp() public override {
        super.setUp();
        registerAll();
        fund(BUDGET);
        deadline = block.timestamp + 1 weeks;
        tree = tree2(signer, 1 ether, address(wallet), 2 ether);
        root = toActive(tree);
    }

    function sign(uint256 key, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return bytes.concat(r, s, bytes1(v));
    }

    function signed(address to) private view returns (bytes memory) {
        return sign(KEY, distributor.claimDigest(signer, 1 ether, to, 0, deadline));
    }

    function refused(address account) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IRewardDistributor.WrongSignature.selector, account);
    }

    function test_AnyoneBringsASignedClaim() public {
        bytes memory signature = signed(stranger);
        Claim memory leaf = tree.proof(0);
        vm.expectEmit(address(distributor));
        emit IRewardDistributor.Claimed(signer, stranger, 1 ether);
        vm.prank(rival);
        assertEq(distributor.claimSigned(root, leaf, stranger, deadline, signature), 1 ether);
        assertEq(token.balanceOf(stranger), 1 ether);
        assertEq(distributor.nonces(signer), 1);
    }

    function test_AContractSignsByItsOwnRule() public {
        Claim memory leaf = tree.proof(1);
        vm.expectRevert(refused(address(wallet)));
        distributor.claimSigned(root, leaf, stranger, deadline, "anything");
        wallet.accept(distributor.claimDigest(address(wallet), 2 ether, stranger, 0, deadline));
        distributor.claimSigned(root, leaf, stranger, deadline, "anything");
        assertEq(token.balanceOf(stranger), 2 ether);
    }

    function test_TheDigestIsTheStandardsOwn() public view {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256("Weighhouse"),
                keccak256("1"),
                block.chainid,
                address(distributor)
            )
        );
        bytes32 message = keccak256(
            abi.encode(
                keccak256(
                    "Claim(address account,uint96 cumulative,address to,uint256 nonce,uint256 deadline)"
                ),
                signer,
                uint256(5),
                stranger,
                uint256(7),
                uint256(9)
            )
        );
        bytes32 expected = keccak256(bytes.concat(hex"1901", domain, message));
        assertEq(distributor.claimDigest(signer, 5, stranger, 7, 9), expected);
    }

    function test_RevertWhen_ASignatureIsUsedTwice() public {
        bytes memory signature = signed(stranger);
        Claim memory leaf = tree.proof(0);
        distributor.claimSigned(root, leaf, stranger, deadline, signature);
        vm.expectRevert(refused(signer));
        distributor.claimSigned(root, leaf, stranger, deadline, signature);
    }

    function test_RevertWhen_ASignatureWasCancelled() public {
        bytes memory signature = signed(stranger);
        vm.expectEmit(address(distributor));
        emit IRewardDistributor.SignedCancelled(signer, 1);
        vm.prank(signer);
        assertEq(distributor.cancelSigned(), 1);
        Claim memory leaf = tree.proof(0);
        vm.expectRevert(refused(signer));
        distributor.claimSigned(root, leaf, stranger, deadline, signature);
    }

    function test_RevertWhen_TheDeadlineHasPassed() public {
        bytes memory signature = signed(stranger);
        Claim memory leaf = tree.proof(0);
        vm.warp(deadline + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IRewardDistributor.SignatureExpired.selector, deadline, deadline + 1)
        );
        distributor.claimSigned(root, leaf, stranger, deadline, signature);
        vm.warp(deadline);
        distributor.claimSigned(root, leaf, stranger, deadline, signature);
    }

    function test_RevertWhen_AnythingElseThanWhatWasSignedIsClaimed() public {
        bytes memory signature = signed(stranger);
        Claim memory leaf = tree.proof(0);
        vm.expectRevert(refused(signer));
        distributor.claimSigned(root, leaf, rival, deadline, signature);
        vm.expectRevert(refused(signer));
        distributor.claimSigned(root, leaf, stranger, deadline + 1, signature);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.ZeroAddress.selector));
        distributor.claimSigned(root, leaf, address(0), deadline, signature);
        bytes memory foreign = sign(KEY + 1, distributor.claimDigest(signer, 1 ether, stranger, 0, deadline));
        vm.expectRevert(refused(signer));
        distributor.claimSigned(root, leaf, stranger, deadline, foreign);
        vm.expectRevert(refused(signer));
        distributor.claimSigned(root, leaf, stranger, deadline, "");
        // The leaf of a later root, of another amount: not what was signed.
        tree = tree2(signer, 5 ether, address(wallet), 2 ether);
        root = toActive(tree);
        leaf = tree.proof(0);
        vm.expectRevert(refused(signer));
        distributor.claimSigned(root, leaf, stranger, deadline, signature);
    }

    function test_RevertWhen_TheProofOfASignedClaimIsWrong() public {
        bytes memory signature = signed(stranger);
        Claim memory leaf = tree.proof(0);
        leaf.index = 1;
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.WrongProof.selector, signer));
        distributor.claimSigned(root, leaf, stranger, deadline, signature);
        assertEq(distributor.nonces(signer), 0);
    }

    /// @dev Morpho warns of it: a cached domain separator would make a signature count on both sides of a fork of the chain.
    function test_Regression_ASignatureIsWorthNothingOnAForkOfTheChain() public {
        bytes memory signature = signed(stranger);
        Claim memory leaf = tree.proof(0);
        vm.chainId(block.chainid + 1);
        vm.expectRevert(refused(signer));
        distributor.claimSigned(root, leaf, stranger, deadline, signature);
    }

    function testFuzz_OnlyTheSignersKeySigns(uint256 key, address to, uint96 amount) public {
        vm.assume(to != address(0));
        key = key % 2 == 0 ? KEY : bound(key, 1, type(uint128).max);
        amount = amount % 2 == 0 ? 1 ether : amount;
        bytes32 digest = distributor.claimDigest(signer, amount, to, 0, deadline);
        bytes memory signature = sign(key, digest);
        Claim memory leaf = tree.proof(0);
        bool valid = key == KEY && amount == leaf.cumulative;
        try distributor.claimSigned(root, leaf, to, deadline, signature) {
            assertTrue(valid, "paid on another's word");
        } catch {
            assertFalse(valid, "refused the signer's word");
        }
    }
}
