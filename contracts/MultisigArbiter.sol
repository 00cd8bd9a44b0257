// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {IArbiter, Verdict} from "./interfaces/IArbiter.sol";

/// @title An arbiter of several signers, so many of whom must agree
/// @notice One arbiter serves any number of courts. Signers vote by a transaction, or sign an EIP-712 `Ruling` that anyone hands
/// in; contracts sign by ERC-1271.
contract MultisigArbiter is IArbiter, EIP712 {
    /// @notice Type of what signers sign.
    bytes32 public constant RULING_TYPEHASH = keccak256("Ruling(address court,uint256 id,uint8 verdict)");

    /// @notice How many signers must agree.
    uint256 public immutable threshold;
    /// @notice Who may vote.
    mapping(address account => bool) public isSigner;

    mapping(address court => mapping(uint256 id => Verdict)) private _verdicts;
    /// @notice Whether a signer has voted in a case: once, whatever for.
    mapping(address court => mapping(uint256 id => mapping(address signer => bool))) public hasVoted;
    /// @notice How many voted for a verdict.
    mapping(address court => mapping(uint256 id => mapping(Verdict => uint256))) public votes;

    event Voted(address indexed court, uint256 indexed id, address indexed signer, Verdict verdict);
    event Ruled(address indexed court, uint256 indexed id, Verdict verdict);

    error BadThreshold(uint256 threshold, uint256 signers);
    error BadSigner(address signer);
    error NotSigner(address account);
    error NoVerdict();
    error AlreadyVoted(address signer);
    error AlreadyRuled(address court, uint256 id, Verdict verdict);
    error WrongSignature(address signer);
    error WrongLength(uint256 length, uint256 expected);

    constructor(address[] memory signers, uint256 threshold_) EIP712("MultisigArbiter", "1") {
        if (threshold_ == 0 || threshold_ > signers.length) revert BadThreshold(threshold_, signers.length);
        for (uint256 i = 0; i < signers.length; ++i) {
            if (signers[i] == address(0) || isSigner[signers[i]]) revert BadSigner(signers[i]);
            isSigner[signers[i]] = true;
        }
        threshold = threshold_;
    }

    /// @notice Votes in a case. Signers only, once.
    function vote(address court, uint256 id, Verdict found) external {
        _vote(court, id, found, msg.sender);
    }

    /// @notice Hands in the votes of signers who signed `rulingHash(court, id, found)`.
    function submit(
        address court,
        uint256 id,
        Verdict found,
        address[] calldata signers,
        bytes[] calldata signatures
    ) external {
        if (signatures.length != signers.length) {
            revert WrongLength(signatures.length, signers.length);
        }
        bytes32 digest = rulingHash(court, id, found);
        for (uint256 i = 0; i < signers.length; ++i) {
            bool valid = SignatureChecker.isValidSignatureNow(signers[i], digest, signatures[i]);
            if (!valid) revert WrongSignature(signers[i]);
            _vote(court, id, found, signers[i]);
        }
    }

    /// @inheritdoc IArbiter
    function verdict(address court, uint256 id) external view returns (Verdict) {
        return _verdicts[court][id];
    }

    /// @notice What a signer signs: binds chain and arbiter, court, case and verdict.
    function rulingHash(address court, uint256 id, Verdict found) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(RULING_TYPEHASH, court, id, found)));
    }

    /// @dev INVARIANT: a verdict never changes, and no signer counts twice in a case.
    function _vote(address court, uint256 id, Verdict found, address signer) private {
        if (!isSigner[signer]) revert NotSigner(signer);
        if (found == Verdict.Pending) revert NoVerdict();
        Verdict ruled = _verdicts[court][id];
        if (ruled != Verdict.Pending) revert AlreadyRuled(court, id, ruled);
        if (hasVoted[court][id][signer]) revert AlreadyVoted(signer);
        hasVoted[court][id][signer] = true;
        uint256 count = ++votes[court][id][found];
        emit Voted(court, id, signer, found);
        if (count < threshold) return;
        _verdicts[court][id] = found;
        emit Ruled(court, id, found);
    }
}
