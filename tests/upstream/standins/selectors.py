"""Selectors: a test file makes a loop of each kind. aio has one kind, its own, which a loop has that is given None."""


def SelectSelector():
    return None


PollSelector = EpollSelector = SelectSelector
