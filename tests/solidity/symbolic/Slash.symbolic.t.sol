// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Slashing} from "../../../contracts/libraries/Slashing.sol";

/// @notice Proofs of the slash, for all stakes and amounts at once: `make halmos`.
contract SlashProofs {
    /// @dev 29: never more than asked for, nor than there is.
    function check_NoMoreIsTakenThanThereIs(uint96 stake, uint96 unbonding, uint96 amount) external pure {
        uint256 taken = Slashing.taken(stake, unbonding, amount);
        assert(taken <= amount);
        assert(taken <= uint256(stake) + unbonding);
        assert(taken == amount || taken == uint256(stake) + unbonding);
    }

    /// @dev 31: reward and burn are all that was taken, and at least half is burned.
    function check_AtLeastHalfIsBurned(uint96 stake, uint96 unbonding, uint96 amount) external pure {
        uint256 taken = Slashing.taken(stake, unbonding, amount);
        (uint256 reward, uint256 burned) = Slashing.shared(taken);
        assert(reward + burned == taken);
        assert(reward <= burned);
        assert(burned - reward <= 1);
    }

    /// @dev Neither part is taken below zero. Four bits each, because solvers do not multiply and divide wider symbols in time; the
    /// full width is fuzzed in PeerRegistry.t.sol.
    function check_BothPartsCoverWhatIsTaken(uint256 stake, uint256 unbonding, uint256 amount) external pure {
        (stake, unbonding, amount) = (stake & 15, unbonding & 15, amount & 15);
        uint256 taken = Slashing.taken(stake, unbonding, amount);
        if (taken == 0) return;
        uint256 part = Slashing.fromUnbonding(stake, unbonding, taken);
        assert(part <= unbonding);
        assert(taken - part <= stake);
    }
}
