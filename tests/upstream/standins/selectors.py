"""Selectors: a test file makes a loop of each kind. aio has one kind, which asks a selector for nothing but its map."""


class _Selector:
    def get_map(self):
        return {}


class SelectSelector(_Selector):
    pass


class PollSelector(_Selector):
    pass


class EpollSelector(_Selector):
    pass
