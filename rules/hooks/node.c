// An addon of Node by which a preloaded module marks the one call that is measured: client
// requests at its start and end. Node-API is a stable C interface; what is used of it is declared
// here, so no headers of Node are needed: https://nodejs.org/api/n-api.html

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "core.h"

// The integration that CodSpeed's service knows, in the version whose protocol this is.
#define INTEGRATION_NAME "codspeed-node"
#define INTEGRATION_VERSION "5.7.1"

typedef struct napi_env__ *napi_env;
typedef struct napi_value__ *napi_value;
typedef struct napi_callback_info__ *napi_callback_info;
typedef int napi_status;
typedef napi_value (*napi_callback)(napi_env, napi_callback_info);

napi_status napi_create_function(napi_env, const char *name, size_t length, napi_callback, void *data, napi_value *);
napi_status napi_set_named_property(napi_env, napi_value object, const char *name, napi_value);
napi_status napi_get_cb_info(napi_env, napi_callback_info, size_t *count, napi_value *arguments, napi_value *self,
                             void **data);
napi_status napi_get_value_string_utf8(napi_env, napi_value, char *text, size_t size, size_t *length);

static InstrumentHooks *hooks;

static napi_value start(napi_env env, napi_callback_info info) {
  (void)env, (void)info;
  if (hooks != NULL) instrument_hooks_start_benchmark_inline(hooks);
  return NULL;
}

static napi_value stop(napi_env env, napi_callback_info info) {
  (void)env, (void)info;
  if (hooks != NULL) instrument_hooks_stop_benchmark_inline(hooks);
  return NULL;
}

// Takes the URI of what was measured.
static napi_value executed(napi_env env, napi_callback_info info) {
  napi_value uri;
  size_t count = 1, length = 0;
  if (hooks == NULL || napi_get_cb_info(env, info, &count, &uri, NULL, NULL) != 0 || count != 1) return NULL;
  if (napi_get_value_string_utf8(env, uri, NULL, 0, &length) != 0) return NULL;
  char *text = malloc(length + 1);
  if (text != NULL && napi_get_value_string_utf8(env, uri, text, length + 1, &length) == 0) {
    instrument_hooks_set_executed_benchmark(hooks, getpid(), text);
  }
  free(text);
  return NULL;
}

static void define(napi_env env, napi_value exports, const char *name, napi_callback function) {
  napi_value value;
  if (napi_create_function(env, name, (size_t)-1, function, NULL, &value) == 0) {
    napi_set_named_property(env, exports, name, value);
  }
}

__attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  if (RUNNING_ON_VALGRIND) hooks = instrument_hooks_init();
  if (hooks != NULL) instrument_hooks_set_integration(hooks, INTEGRATION_NAME, INTEGRATION_VERSION);
  define(env, exports, "start", start);
  define(env, exports, "stop", stop);
  define(env, exports, "executed", executed);
  return exports;
}
