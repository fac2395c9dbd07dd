// A program with the interface of CodSpeed's google_benchmark, as far as the driver sees it: how it
// lists and chooses benchmarks, State::SkipWithError and SkipWithMessage, and what is reported.
// As there, a benchmark runs once before it is measured, and one that leaves its loop reports nothing.
//
// Arguments that name a benchmark make it do what follows `=`: nothing, error, message, late, break,
// return; `exit` ends the program there, and `hang` never does.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <regex.h>
#include <unistd.h>

#include <string>

extern "C" {
#include "core.h"
}

static InstrumentHooks *hooks;

namespace benchmark {
class State {
 public:
  explicit State(std::string name) : name_(name) {}
  __attribute__((noinline)) void SkipWithError(const std::string &message);
  __attribute__((noinline)) void SkipWithMessage(const std::string &message);
  std::string name_, message_;
  int skipped_ = 0;
};

void State::SkipWithError(const std::string &message) {
  skipped_ = 2;
  message_ = message;
}

void State::SkipWithMessage(const std::string &message) {
  skipped_ = 1;
  message_ = message;
}
}  // namespace benchmark

static const char *kNames[] = {"pkg/b.cc::first", "pkg/b.cc::second[int, std::x]", "pkg/b.cc::third"};

static void run(benchmark::State &state, const std::string &how, bool measured) {
  if (how == "error") state.SkipWithError("input file is missing");
  if (how == "message") state.SkipWithMessage("needs a GPU, which this machine has not");
  if (how == "return") return;
  if (how == "exit" && measured) exit(3);
  if (how == "hang") pause();
  if (measured) instrument_hooks_start_benchmark_inline(hooks);
  volatile long sum = 0;
  for (int i = 0; i < 1000 && !state.skipped_; ++i) {
    if (how == "break") {
      state.SkipWithError("wrong result");
      return;
    }
    sum += i;
  }
  if (!measured) return;
  instrument_hooks_stop_benchmark_inline(hooks);
  std::string uri = state.name_;
  if (size_t at = uri.find("std::x"); at != std::string::npos) uri.replace(at, 5, "std\\:\\:");
  instrument_hooks_set_executed_benchmark(hooks, getpid(), uri.c_str());
  if (how == "late") state.SkipWithError("wrong result");
}

int main(int argc, char **argv) {
  bool listing = false, prints = false;
  std::string filter = ".", how[3];
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    size_t equals = argument.find('=');
    if (argument == "--benchmark_list_tests") listing = true;
    if (argument == "--prints") prints = true;
    if (argument.rfind("--benchmark_filter=", 0) == 0) filter = argument.substr(equals + 1);
    for (int n = 0; n < 3 && equals != std::string::npos; ++n)
      if (strstr(kNames[n], argument.substr(0, equals).c_str())) how[n] = argument.substr(equals + 1);
  }
  hooks = instrument_hooks_init();
  instrument_hooks_set_integration(hooks, "codspeed-cpp", "2.3.0");
  regex_t wanted;
  if (regcomp(&wanted, filter.c_str(), REG_EXTENDED)) return 9;
  for (int n = 0; n < 3; ++n) {
    if (regexec(&wanted, kNames[n], 0, NULL, 0)) continue;
    if (listing) {
      puts(kNames[n]);
      continue;
    }
    benchmark::State warm_up(kNames[n]), state(kNames[n]);
    run(warm_up, how[n], false);
    run(state, how[n], true);
    // As where time is measured.
    if (prints && state.skipped_)
      printf("%-40s %s: '%s'\n", kNames[n], state.skipped_ == 2 ? "ERROR OCCURRED" : "SKIPPED",
             state.message_.c_str());
  }
  instrument_hooks_deinit(hooks);
  return 0;
}
