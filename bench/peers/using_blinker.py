"""blinker, as it comes."""

from __future__ import annotations

from typing import Final

import blinker

from bench.peers.blinker_like import BlinkerLike, BlinkerLikeInTurn, Signal


class Blinker(BlinkerLike):
    name = "blinker"

    def make(self) -> Signal:
        return blinker.Signal()


class BlinkerInTurn(BlinkerLikeInTurn):
    name = "blinker"

    def make(self) -> Signal:
        return blinker.Signal()


SIDES: Final = [Blinker]
ASYNC_SIDES: Final = [BlinkerInTurn]
