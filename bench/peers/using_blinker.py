"""blinker, as it comes."""

from __future__ import annotations

from typing import Final

import blinker

from bench.peers.blinker_like import BlinkerLike, BlinkerLikeInTurn


class Blinker(BlinkerLike):
    name = "blinker"
    make = blinker.Signal


class BlinkerInTurn(BlinkerLikeInTurn):
    name = "blinker"
    make = blinker.Signal


SIDES: Final = [Blinker]
ASYNC_SIDES: Final = [BlinkerInTurn]
