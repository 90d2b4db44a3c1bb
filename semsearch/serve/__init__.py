"""The web server: a page, a JSON API and the Model Context Protocol over HTTP.

Only its command imports it. Starlette is imported by this package alone, uvicorn by ``server``.
"""
