"""What can be wrong with an image or a checkpoint, in words for the user."""


class UnreadableImage(ValueError):  # noqa: N818 - the glossary's word
    """The file does not decode to an image within the caps."""


class ChecksumMismatch(ValueError):  # noqa: N818 - what happened, in words
    """A checkpoint's bytes are not those its record names."""


class TrainingCancelled(Exception):  # noqa: N818 - an event, not an error
    """Someone asked a training run to stop; its last checkpoint is kept."""
