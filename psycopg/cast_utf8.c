/* UTF-8 to str: one look at the bytes tells size and kind, so that the str is made once. What is
 * not valid UTF-8 is left to Python's decoder, which says where. */
#include "cast.h"

#include "cast_impl.h"

enum { MOST_BYTES = 256 }; /* of what is not ASCII; beyond it Python's decoder is as quick */
static const uint64_t HIGH_BITS = 0x8080808080808080;

int
cast_is_ascii(const char *bytes, Py_ssize_t len)
{
    uint64_t word, all = 0;
    for (; len >= 8; bytes += 8, len -= 8) {
        memcpy(&word, bytes, sizeof word);
        all |= word;
    }
    for (; len > 0; bytes++, len--)
        all |= (unsigned char)*bytes;
    return !(all & HIGH_BITS);
}

/* The number of characters, and the largest byte: the lead byte of the largest kind of character.
 */
static Py_ssize_t
measure(const unsigned char *p, Py_ssize_t len, unsigned *largest)
{
    Py_ssize_t count = 0;
    unsigned most = 0;
    for (Py_ssize_t i = 0; i < len; i++) {
        count += (signed char)p[i] > -65; /* all but 0x80 to 0xbf, which go on a character */
        most = p[i] > most ? p[i] : most;
    }
    *largest = most;
    return count;
}

static inline int
goes_on(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

/* The character of two to four bytes at p; moves *at behind it. 0 where it is not valid. */
static inline Py_UCS4
read_long(const unsigned char **at, const unsigned char *end)
{
    const unsigned char *p = *at;
    Py_ssize_t room = end - p;
    if (p[0] < 0xe0) {
        if (p[0] < 0xc2 || room < 2 || !goes_on(p[1]))
            return 0;
        *at = p + 2;
        return (Py_UCS4)(p[0] & 0x1f) << 6 | (p[1] & 0x3f);
    }
    if (p[0] < 0xf0) {
        if (room < 3 || !goes_on(p[1]) || !goes_on(p[2]))
            return 0;
        Py_UCS4 c = (Py_UCS4)(p[0] & 0x0f) << 12 | (Py_UCS4)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
        *at = p + 3;
        return c < 0x800 || (c >= 0xd800 && c <= 0xdfff) ? 0 : c;
    }
    if (room < 4 || !goes_on(p[1]) || !goes_on(p[2]) || !goes_on(p[3]))
        return 0;
    Py_UCS4 c = (Py_UCS4)(p[0] & 0x07) << 18 | (Py_UCS4)(p[1] & 0x3f) << 12 |
                (Py_UCS4)(p[2] & 0x3f) << 6 | (p[3] & 0x3f);
    *at = p + 4;
    return p[0] > 0xf4 || c < 0x10000 || c > 0x10ffff ? 0 : c;
}

/* Fill the characters in, of whatever width they are stored with. 0 where the text is not valid. */
#define DEFINE_FILL(name, type)                                                                    \
    static int name(const unsigned char *p, const unsigned char *end, type *to)                    \
    {                                                                                              \
        while (p < end) {                                                                          \
            if (*p < 0x80) {                                                                       \
                *to++ = *p++;                                                                      \
                continue;                                                                          \
            }                                                                                      \
            Py_UCS4 c = read_long(&p, end);                                                        \
            if (!c)                                                                                \
                return 0;                                                                          \
            *to++ = (type)c;                                                                       \
        }                                                                                          \
        return 1;                                                                                  \
    }

DEFINE_FILL(fill_1, Py_UCS1)
DEFINE_FILL(fill_2, Py_UCS2)
DEFINE_FILL(fill_4, Py_UCS4)

static PyObject *
decode_long(const char *bytes, Py_ssize_t len)
{
    const unsigned char *p = (const unsigned char *)bytes, *end = p + len;
    unsigned largest;
    Py_ssize_t count = measure(p, len, &largest);
    Py_UCS4 most = largest >= 0xf0 ? 0x10ffff : largest >= 0xc4 ? 0xffff : 0xff;
    PyObject *text = PyUnicode_New(count, most);
    if (!text)
        return NULL;
    int good = 0;
    if (most == 0xff)
        good = fill_1(p, end, PyUnicode_1BYTE_DATA(text));
    else if (most == 0xffff)
        good = fill_2(p, end, PyUnicode_2BYTE_DATA(text));
    else
        good = fill_4(p, end, PyUnicode_4BYTE_DATA(text));
    if (good)
        return text;
    Py_DECREF(text);
    return PyUnicode_DecodeUTF8(bytes, len, NULL);
}

PyObject *
cast_utf8(const char *bytes, Py_ssize_t len)
{
    if (len < 2) /* Python keeps these */
        return PyUnicode_DecodeUTF8(bytes, len, NULL);
    if (!cast_is_ascii(bytes, len))
        return len > MOST_BYTES ? PyUnicode_DecodeUTF8(bytes, len, NULL) : decode_long(bytes, len);
    PyObject *text = PyUnicode_New(len, 127);
    if (text)
        memcpy(PyUnicode_1BYTE_DATA(text), bytes, (size_t)len);
    return text;
}
