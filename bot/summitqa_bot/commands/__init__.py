"""The ``summitqa`` command and its looks."""
