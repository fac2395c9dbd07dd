#include <fstream>
#include <iostream>
#include <memory>
#include <string>

// rules_cc has its own library in newer versions; before, it names Bazel's.
#if __has_include("rules_cc/cc/runfiles/runfiles.h")
#include "rules_cc/cc/runfiles/runfiles.h"
using rules_cc::cc::runfiles::Runfiles;
#else
#include "tools/cpp/runfiles/runfiles.h"
using bazel::tools::cpp::runfiles::Runfiles;
#endif

// Opens the files that the arguments name as code of this module does.
int main(int argc, char** argv) {
  std::string error;
  std::unique_ptr<Runfiles> runfiles(Runfiles::Create(argv[0], BAZEL_CURRENT_REPOSITORY, &error));
  if (!runfiles) {
    std::cerr << error << std::endl;
    return 3;
  }
  for (int i = 1; i < argc; ++i) {
    std::string path = runfiles->Rlocation(argv[i]);
    if (!std::ifstream(path)) {
      std::cerr << argv[i] << " is not at " << path << std::endl;
      return 4;
    }
  }
  return 0;
}
