// Runs every case, or those whose name contains the first argument, and speaks
// TAP, so that one runner counts native and TypeScript tests together.
#include <cstring>

#include "check.h"
#include "cpu/isa.h"

int main(int argc, char** argv) {
  const char* filter = argc > 1 ? argv[1] : "";
  int number = 0, failed = 0;
  for (const auto& test : xling::test::cases()) {
    if (!std::strstr(test.name, filter)) continue;
    ++number;
    std::string problem;
    try {
      test.body();
    } catch (const xling::test::Failure& failure) {
      problem = failure.text;
    } catch (const xling::Error& error) {
      problem = std::string("threw ") + xling::error_name(error.code()) + ": " + error.what();
    } catch (const std::exception& error) {
      problem = std::string("threw ") + error.what();
    }
    if (!problem.empty()) ++failed;
    std::printf("%s %d - %s\n", problem.empty() ? "ok" : "not ok", number, test.name);
    if (!problem.empty()) std::printf("# %s\n", problem.c_str());
    std::fflush(stdout);
  }
  std::printf("1..%d\n# isas:", number);
  for (const auto* isa : xling::runnable_isas()) std::printf(" %s", isa->isa);
  std::printf("\n");
  return failed == 0 && number > 0 ? 0 : 1;
}
