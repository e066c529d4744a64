"""The text of composite and range values, as the server writes it and takes it."""


def split_items(text):
    """split_items(text) -> list

    The items that commas part in *text*, without the brackets around them: str, or None where
    there is nothing at all. An item may be quoted in part, with quotes doubled and with
    backslashes, as in ``a,"b ""c""\\\\",,""``.

    Raises `ValueError` for a quote that does not end.
    """
    if '"' not in text and "\\" not in text:
        return [item or None for item in text.split(",")]

    items = []
    pos, end = 0, len(text)
    while True:
        parts = []
        start = pos
        while pos < end and text[pos] != ",":
            if text[pos] == '"':
                pos = _take_quoted(text, pos + 1, parts)
            elif text[pos] == "\\":
                pos = _take_escaped(text, pos, parts)
            else:
                parts.append(text[pos])
                pos += 1
        items.append(None if pos == start else "".join(parts))
        if pos == end:
            return items
        pos += 1


def _take_quoted(text, pos, parts):
    """Append what is quoted from *pos* on to *parts*; return the position behind the quote."""
    while True:
        quote = text.find('"', pos)
        if quote < 0:
            raise ValueError("a quote does not end")
        slash = text.find("\\", pos, quote)
        if slash >= 0:
            parts.append(text[pos:slash])
            pos = _take_escaped(text, slash, parts)
        elif text.startswith('""', quote):
            parts.append(text[pos : quote + 1])
            pos = quote + 2
        else:
            parts.append(text[pos:quote])
            return quote + 1


def _take_escaped(text, pos, parts):
    """Append the character behind the backslash at *pos* to *parts*; return what follows it."""
    if pos + 1 == len(text):
        raise ValueError("a backslash escapes nothing")
    parts.append(text[pos + 1])
    return pos + 2


def quote_item(text):
    """Return *text* as the texts of ranges and hstore have it: in double quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
