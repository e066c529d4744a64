/* What every file above the protocol layer includes first. L0. */
#ifndef PSYCOPG_PSYCOPG_H
#define PSYCOPG_PSYCOPG_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

#include "compat.h"
#include "state.h"
#include "text.h"

#endif
