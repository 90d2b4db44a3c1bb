"""Headers of every answer: what a browser may do with it."""

from typing import Final

# https://www.w3.org/TR/CSP3: nothing but what this server has, no inline script or style, in no
# frame. ``blob:`` is where pdf.js puts the pictures and fonts of a PDF.
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "worker-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "font-src 'self' blob: data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
# A document as it is: in no origin, without scripts, should a browser show it after all.
DOCUMENT_POLICY: Final = "sandbox; default-src 'none'; frame-ancestors 'none'"

HEADERS: Final = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # An address may have a question in it. (With "no-referrer" a form's Origin would be "null".)
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cache-control": "no-store",
}
