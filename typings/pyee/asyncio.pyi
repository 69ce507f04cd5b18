from pyee import EventEmitter

class AsyncIOEventEmitter(EventEmitter):
    async def wait_for_complete(self) -> None: ...
