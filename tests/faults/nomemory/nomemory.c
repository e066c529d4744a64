/* Calls a function while allocations fail: those of Python's allocators, or those of malloc(), which
 * needs malloc_shim.c to be preloaded. Only the calling thread is hit, and only during the call. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <dlfcn.h>

static __thread int armed;
static __thread long seen, first, last;

static PyMemAllocatorEx originals[3];

/* CPython 3.12 and 3.13.0 crash where there is no memory for a function (PyFunctionObject, behind
 * what the cyclic collector keeps of it). */
static int
is_for_function(size_t size)
{
    return PY_VERSION_HEX >= 0x030c0000 && size == 2 * sizeof(void *) + sizeof(PyFunctionObject);
}

static int
fails(size_t size)
{
    if (!armed || is_for_function(size))
        return 0;
    seen++;
    return seen >= first && seen <= last;
}

static void *
hook_malloc(void *ctx, size_t size)
{
    PyMemAllocatorEx *to = ctx;
    return fails(size) ? NULL : to->malloc(to->ctx, size);
}

static void *
hook_calloc(void *ctx, size_t count, size_t size)
{
    PyMemAllocatorEx *to = ctx;
    return fails(size) ? NULL : to->calloc(to->ctx, count, size);
}

static void *
hook_realloc(void *ctx, void *block, size_t size)
{
    PyMemAllocatorEx *to = ctx;
    return fails(size) ? NULL : to->realloc(to->ctx, block, size);
}

static void
hook_free(void *ctx, void *block)
{
    PyMemAllocatorEx *to = ctx;
    to->free(to->ctx, block);
}

static void
install_hooks(void)
{
    static const PyMemAllocatorDomain domains[] = {PYMEM_DOMAIN_RAW, PYMEM_DOMAIN_MEM,
                                                   PYMEM_DOMAIN_OBJ};
    for (int i = 0; i < 3; i++) {
        PyMem_GetAllocator(domains[i], &originals[i]);
        PyMemAllocatorEx hook = {&originals[i], hook_malloc, hook_calloc, hook_realloc, hook_free};
        PyMem_SetAllocator(domains[i], &hook);
    }
}

/* The shim's side, NULL where it is not preloaded. */
static void (*shim_arm)(long from, long to);
static long (*shim_disarm)(void);

static PyObject *
call(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *function, *type, *value, *tb;
    const char *kind;
    long from, to, count;
    if (!PyArg_ParseTuple(args, "Osll", &function, &kind, &from, &to))
        return NULL;
    int is_malloc = strcmp(kind, "malloc") == 0;
    if (is_malloc && !shim_arm) {
        PyErr_SetString(PyExc_RuntimeError, "malloc_shim is not preloaded");
        return NULL;
    }
    first = from;
    last = to;
    seen = 0;
    if (is_malloc)
        shim_arm(from, to);
    else
        armed = 1;
    PyObject *answer = PyObject_CallObject(function, NULL);
    armed = 0;
    count = is_malloc ? shim_disarm() : seen;
    PyErr_Fetch(&type, &value, &tb);
    if (answer && type) {
        fprintf(stderr, "a result and an exception at once\n");
        abort();
    }
    if (!answer && !type) {
        fprintf(stderr, "neither a result nor an exception\n");
        abort();
    }
    PyErr_NormalizeException(&type, &value, &tb);
    if (tb)
        PyException_SetTraceback(value, tb);
    Py_XDECREF(type);
    Py_XDECREF(tb);
    if (answer)
        return Py_BuildValue("(NOl)", answer, Py_None, count);
    return Py_BuildValue("(ONl)", Py_None, value, count);
}

static PyMethodDef methods[] = {
    {"call", call, METH_VARARGS,
     "call(function, kind, first, last) -> (result, exception, count)\n\n"
     "Call function() while the allocations number `first` to `last` of `kind`, 'python' or\n"
     "'malloc', fail. `count` is how many there were."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "nomemory",
    .m_size = -1,
    .m_methods = methods,
};

PyMODINIT_FUNC
PyInit_nomemory(void)
{
    *(void **)&shim_arm = dlsym(RTLD_DEFAULT, "malloc_shim_arm");
    *(void **)&shim_disarm = dlsym(RTLD_DEFAULT, "malloc_shim_disarm");
    install_hooks();
    return PyModule_Create(&definition);
}
