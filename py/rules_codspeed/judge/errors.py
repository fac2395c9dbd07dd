"""The one error of the judge."""


class JudgeError(Exception):
    """Nothing can be judged; the message tells what, where and the next step."""
