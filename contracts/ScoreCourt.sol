// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Accusations} from "./court/Accusations.sol";
import {Bench} from "./court/Bench.sol";
import {DataRequests} from "./court/DataRequests.sol";
import {CourtConfig, Judges} from "./interfaces/CourtTypes.sol";
import {IScoreCourt} from "./interfaces/IScoreCourt.sol";

/// @title Where a project's wrong headers are punished
contract ScoreCourt is Accusations {
    constructor(
        address book_,
        address registry_,
        address distributor_,
        Judges memory judges_,
        CourtConfig memory config_,
        address factory
    )
        Bench(book_, registry_, distributor_, judges_, config_.posterSlash, config_.answerPeriod, factory)
        DataRequests(config_.bond, config_.answerPeriod)
        Accusations(config_.arbiter, config_.evaluatorSlash, config_.arbiterPeriod)
    {}

    /// @inheritdoc IScoreCourt
    function config() external view returns (CourtConfig memory) {
        return CourtConfig({
            arbiter: _arbiter,
            posterSlash: _posterSlash,
            evaluatorSlash: _evaluatorSlash,
            bond: _bond,
            answerPeriod: _answerPeriod,
            arbiterPeriod: _arbiterPeriod
        });
    }
}
