"""A Model Context Protocol server: assistants search and read the documents of an index.

Written on the standard library. The protocol: https://modelcontextprotocol.io/specification
"""
