"""What may be wrong with a site, in words."""


class SiteFailed(Exception):
    """Its text is a sentence or two for the person at the keyboard."""
