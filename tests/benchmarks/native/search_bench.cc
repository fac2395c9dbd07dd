// Looking things up: in text and in containers.

#include <map>
#include <string>
#include <unordered_map>

#include "tests/benchmarks/native/harness.h"

namespace {

std::string Text() {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "the quick brown fox " + std::to_string(i) + "\n";
  return text + "needle in the haystack";
}

template <typename Map>
Map Numbered() {
  Map map;
  for (int i = 0; i < 1000; ++i) map["key" + std::to_string(i * 7919 % 1000)] = i;
  return map;
}

template <typename Map>
void LookUp(const Map& map) {
  long sum = 0;
  for (int i = 0; i < 1000; i += 3) sum += map.find("key" + std::to_string(i))->second;
  harness::Keep(sum);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string text = Text();
  const auto ordered = Numbered<std::map<std::string, int>>();
  const auto hashed = Numbered<std::unordered_map<std::string, int>>();
  return harness::Main(argc, argv, __FILE__,
                       {
                           {"find_in_text", [&] { harness::Keep(text.find("needle")); }},
                           {"map_find[1000]", [&] { LookUp(ordered); }},
                           {"unordered_map_find[1000]", [&] { LookUp(hashed); }},
                       });
}
