"""Errors that a user can do something about; their text is one sentence that can be shown as it is."""


class CCFNetError(ValueError):
    """Any of the errors below."""


class InputError(CCFNetError):
    """A picture, volume or study that cannot be read, or that the method does not fit."""


class WeightsError(CCFNetError):
    """A model file that is missing, damaged or of another kind."""


class UsageError(CCFNetError):
    """Options that do not go together."""


class ServerError(CCFNetError):
    """A server or cluster that does not answer, whatever the study."""
