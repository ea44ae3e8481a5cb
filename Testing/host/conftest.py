from host.fixtures import *  # noqa: F403
