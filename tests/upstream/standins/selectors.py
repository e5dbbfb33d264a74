"""Selectors: a test file makes a loop of each kind. aio has one kind, which takes no selector."""


class SelectSelector:
    pass


class PollSelector:
    pass


class EpollSelector:
    pass
