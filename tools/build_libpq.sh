#!/bin/sh
# Build libpq of release $LIBPQ, a server of it, and the OpenSSL and Kerberos that they use, into
# $PREFIX (/opt/libpq): for the images of manylinux and musllinux, whose own are too old, or come
# without their licences. Called by .github/workflows/wheels.yml.
#
# $PREFIX/bundled/NAME-VERSION has the licence of each project and the names of its libraries, for
# tools/wheels to put into the wheels. A source that is in the folder $SOURCES is not fetched.
set -eu

PREFIX=${PREFIX:-/opt/libpq}
SOURCES=${SOURCES:-$(mktemp -d)}
POSTGRES=https://ftp.postgresql.org/pub/source

# The releases that Debian 12 has. Its archive keeps the newest, and its snapshots all, by SHA-1.
OPENSSL=3.0.20
KRB5=1.20.1
SHA256="
c80a01dfc70ece4dc21168932c37739042d404d46ccc81a5986dd75314ecda6f  openssl_$OPENSSL.orig.tar.gz
704aed49b19eb5a7178b34b2873620ec299db08752d6a8574f95d41879ab8851  krb5_$KRB5.orig.tar.gz
"

fetch_debian() { # folder of the archive, file, SHA-1
    [ -e "$SOURCES/$2" ] ||
        curl -fsSL -o "$SOURCES/$2" "https://deb.debian.org/debian/pool/main/$1/$2" ||
        curl -fsSL -o "$SOURCES/$2" "https://snapshot.debian.org/file/$3"
}

fetch_postgres() {
    for file in "postgresql-$LIBPQ.tar.bz2" "postgresql-$LIBPQ.tar.bz2.sha256"; do
        [ -e "$SOURCES/$file" ] || curl -fsSL -o "$SOURCES/$file" "$POSTGRES/v$LIBPQ/$file"
    done
}

libraries() {
    (cd "$PREFIX/lib" && find . -name 'lib*.so*' | sed 's#^\./##' | sort)
}

# After a project was installed: keep its licence, and which libraries have come with it.
record() { # project, version, file with the licence
    to="$PREFIX/bundled/$1-$2"
    mkdir -p "$to"
    cp "$3" "$to/licence.txt"
    libraries | comm -13 "$work/before" - >"$to/libraries"
    libraries >"$work/before"
}

if command -v dnf >/dev/null; then
    dnf install -y bison flex perl
elif command -v apk >/dev/null; then
    apk add --no-cache bison flex perl linux-headers
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fetch_debian o/openssl "openssl_$OPENSSL.orig.tar.gz" 9d6f88429036d592b5ef5648f4e163c4ad507d6d
fetch_debian k/krb5 "krb5_$KRB5.orig.tar.gz" 06278439a6cd5a2aa861d8e877451b794487534b
fetch_postgres
cd "$SOURCES"
echo "$SHA256" | grep . | sha256sum -c
sha256sum -c "postgresql-$LIBPQ.tar.bz2.sha256"
cd "$work"
for archive in "openssl_$OPENSSL.orig.tar.gz" "krb5_$KRB5.orig.tar.gz" "postgresql-$LIBPQ.tar.bz2"; do
    tar -xf "$SOURCES/$archive"
done

mkdir -p "$PREFIX/lib"
libraries >before
jobs=-j$(nproc)
rpath=-Wl,-rpath,$PREFIX/lib

cd "$work/openssl-$OPENSSL"
# /etc/ssl: where most systems have their certificates
./Configure --prefix="$PREFIX" --libdir=lib --openssldir=/etc/ssl shared no-tests "$rpath"
make -s "$jobs"
make -s install_sw >/dev/null
record openssl "$OPENSSL" LICENSE.txt

cd "$work/krb5-$KRB5/src"
./configure --quiet --prefix="$PREFIX" --sysconfdir=/etc --localstatedir=/var --disable-static \
    --enable-shared --without-keyutils --without-system-verto --without-libedit --disable-nls \
    CFLAGS="-O2 -fPIC -fcommon -I$PREFIX/include" LDFLAGS="-L$PREFIX/lib $rpath"
make -s install-mkdirs >/dev/null
for folder in util include lib; do # the programs and servers are not needed
    make -s "$jobs" -C $folder >/dev/null
    make -s -C $folder install >/dev/null
done
record krb5 "$KRB5" ../NOTICE

cd "$work/postgresql-$LIBPQ"
./configure --quiet --prefix="$PREFIX" --with-openssl --with-gssapi --with-includes="$PREFIX/include" \
    --with-libraries="$PREFIX/lib" --without-readline --without-zlib --without-icu
make -s "$jobs" >/dev/null
make -s install >/dev/null
record postgresql "$LIBPQ" COPYRIGHT
