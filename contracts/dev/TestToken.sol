// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title Play money for dev chains and tests
contract TestToken is ERC20, ERC20Permit, Ownable {
    constructor()
        ERC20("Weighhouse Test Token", "WHT")
        ERC20Permit("Weighhouse Test Token")
        Ownable(msg.sender)
    {}

    /// @notice Makes new tokens. The deployer only.
    function mint(address to, uint256 amount) external onlyOwner {
        _mint(to, amount);
    }
}
