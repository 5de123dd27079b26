"""OCTO's words, as types: what channels ask and what they are answered, by capability.

`/openapi.json` is made from these classes, and so are the checks of every request.
"""
