// Broken GGUF files, each broken in one place: what is said of it, and of which
// byte. With the right bytes in that place every one of them loads.
#pragma once

#include <string>
#include <vector>

#include "check.h"
#include "io/gguf.h"
#include "io/gguf_bytes.h"
#include "io/temporary_folder.h"

namespace xling::test {

inline constexpr ErrorCode malformed = ErrorCode::malformed_file, unsupported = ErrorCode::unsupported_file;

// The file is before + bad + after; `at` is the place in `bad` that the error names.
struct Broken {
  std::string label;
  ErrorCode code;
  std::string before, bad, good, after;
  std::string part, what;
  size_t at = 0;
};

inline void check_refused(const Broken& file) {
  const TemporaryFolder folder;
  const std::string path = folder.put("model.gguf", file.before + file.bad + file.after);
  const Error error = thrown_by(__FILE__, __LINE__, [&] { Gguf{path}; });
  const std::string said = error.what();
  const std::string place = ": byte " + std::to_string(file.before.size() + file.at);
  const std::string wanted = path + place + file.part + ": " + file.what;
  if (said.substr(0, wanted.size()) != wanted) fail_at(__FILE__, __LINE__, "said '", said, "', not '", wanted, "'");
  CHECK_EQ(error_name(error.code()), error_name(file.code));
  bool advises = false;
  for (const char* advice :
       {"; download", ": download", "; convert", "; quantise", "; merge", "; run", "; check", "; turn"})
    advises = advises || said.find(advice) != std::string::npos;
  CHECK(advises);
  Gguf{folder.put("mended.gguf", file.before + file.good + file.after)};
}

// Makes each of them a test. `all` lives as long as the process.
inline bool register_broken(std::vector<Broken>& all) {
  for (Broken& file : all) {
    file.label = "gguf: refuses " + file.label;
    cases().push_back({file.label.c_str(), [&file] { check_refused(file); }});
  }
  return true;
}

}  // namespace xling::test
