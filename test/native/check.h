// The native tests' harness. It must build wherever the engine does, with
// nothing but a compiler (cross builds under an emulator, sanitizers, a machine
// without network), so it is these few lines and not a framework.
#pragma once

#include <cmath>
#include <cstdio>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "core/error.h"

namespace xling::test {

struct Case {
  const char* name;
  std::function<void()> body;
};

inline std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}

struct Register {
  Register(const char* name, std::function<void()> body) { cases().push_back({name, std::move(body)}); }
};

struct Failure {
  std::string text;
};

template <class... Parts>
[[noreturn]] void fail_at(const char* file, int line, const Parts&... parts) {
  std::ostringstream text;
  text << file << ':' << line << ": ";
  (text << ... << parts);
  throw Failure{text.str()};
}

// The code and message with which `body` throws.
template <class Body>
Error thrown_by(const char* file, int line, const Body& body) {
  try {
    body();
  } catch (const Error& error) {
    return error;
  }
  fail_at(file, line, "nothing was thrown");
}

}  // namespace xling::test

#define XLING_JOIN2(a, b) a##b
#define XLING_JOIN(a, b) XLING_JOIN2(a, b)

// TEST("what must be true") { … }
#define TEST(name) XLING_TEST(name, XLING_JOIN(test_case_, __LINE__))
#define XLING_TEST(name, id)                                            \
  static void id();                                                     \
  static const ::xling::test::Register XLING_JOIN(id, _entry){name, id}; \
  static void id()

#define CHECK(condition) \
  if (!(condition)) ::xling::test::fail_at(__FILE__, __LINE__, "not true: " #condition)
#define CHECK_EQ(got, want)                                                                 \
  if (const auto &got_ = (got), &want_ = (want); !(got_ == want_))                          \
  ::xling::test::fail_at(__FILE__, __LINE__, #got " is ", got_, " and must be ", want_)
// |got - want| <= tolerance; NaN never passes.
#define CHECK_NEAR(got, want, tolerance)                                                              \
  if (const double got_ = (got), want_ = (want); !(std::abs(got_ - want_) <= (tolerance)))            \
  ::xling::test::fail_at(__FILE__, __LINE__, #got " is ", got_, ", not within ", (tolerance), " of ", want_)
// The body throws an Error of this code whose message has this text in it.
#define CHECK_THROWS(error_code, text, ...)                                                                \
  if (const auto error_ = ::xling::test::thrown_by(__FILE__, __LINE__, [&] { __VA_ARGS__; });              \
      error_.code() != (error_code) || std::string(error_.what()).find(text) == std::string::npos)         \
  ::xling::test::fail_at(__FILE__, __LINE__, "threw ", ::xling::error_name(error_.code()), " '", error_.what(), "'")
