// Loads the shared libraries that its arguments name, and works in both.

#include <dlfcn.h>

#include <cstdio>

#include "tests/benchmarks/native/harness.h"

using Work = unsigned long (*)(unsigned long);

static Work Load(const char* path, const char* name) {
  void* library = dlopen(path, RTLD_NOW);
  Work work = library ? reinterpret_cast<Work>(dlsym(library, name)) : nullptr;
  if (!work) std::fprintf(stderr, "%s\n", dlerror());
  return work;
}

int main(int, char** argv) {
  const Work library = Load(argv[1], "work_of_library");
  const Work other = Load(argv[2], "work_of_other");
  if (!library || !other) return 1;
  return harness::Main(1, argv, "loads.cc", {{"both", [=] {
                         harness::Keep(library(50000));
                         harness::Keep(other(50000));
                       }}});
}
