#!/bin/sh
# Build libpq of release $LIBPQ into /opt/libpq, in an image of manylinux or musllinux: their own is
# too old. Called by .github/workflows/wheels.yml.
set -eu

if command -v dnf >/dev/null; then
    dnf install -y openssl-devel krb5-devel bison flex perl
else
    apk add --no-cache openssl-dev krb5-dev bison flex perl linux-headers
fi

work=$(mktemp -d)
cd "$work"
curl -fsSLO "https://ftp.postgresql.org/pub/source/v$LIBPQ/postgresql-$LIBPQ.tar.bz2"
curl -fsSLO "https://ftp.postgresql.org/pub/source/v$LIBPQ/postgresql-$LIBPQ.tar.bz2.sha256"
sha256sum -c "postgresql-$LIBPQ.tar.bz2.sha256"
tar -xjf "postgresql-$LIBPQ.tar.bz2"
cd "postgresql-$LIBPQ"
./configure --prefix=/opt/libpq --with-openssl --with-gssapi \
    --without-readline --without-zlib --without-icu
make -s -C src/include install
make -s -C src/port
make -s -C src/common
make -s -C src/interfaces/libpq install
make -s -C src/bin/pg_config install
mkdir -p /opt/libpq/licences
cp COPYRIGHT /opt/libpq/licences/
