"""URLs that are almost valid."""

from __future__ import annotations

from hypothesis import strategies as st


def odd_urls() -> st.SearchStrategy[str]:
    """Returns URLs with parts that some library refuses; a key in them is `k3y`.

    No host in them except loopback can be reached.
    """
    host = st.sampled_from(
        ["", "a" * 64, "a..b", ".", "xn--a", "xn--" + "a" * 60, "[::1", "[1]", "256.1.1.1", "%00"]
    ) | st.text("-_.\u00e9\u0130\u200d\udc80 \\", max_size=5)
    scheme = st.sampled_from(["http://", "https://", "ftp://", "http:", "//", "http:///", ""])
    user = st.sampled_from(["", "k3y@", "me:k3y@"])
    port = st.sampled_from(["", ":", ":0", ":-1", ":65536", ":" + "9" * 30, ":x", ":\uff11"])
    path = st.sampled_from(["", "/", "?key=k3y", "/?k3y", "/#k3y", "/\udc80"])
    return st.tuples(scheme, user, host, port, path).map("".join)
