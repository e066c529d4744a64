"""A certificate for a private server, signed by an authority of its own. Needs trustme."""

import trustme


def make_certificate():
    """Return the texts of a self-made authority, and of a certificate and key for the server."""
    authority = trustme.CA()
    cert = authority.issue_cert("localhost", "127.0.0.1")
    chain = b"".join(blob.bytes() for blob in cert.cert_chain_pems)
    return (
        authority.cert_pem.bytes().decode(),
        chain.decode(),
        cert.private_key_pem.bytes().decode(),
    )
