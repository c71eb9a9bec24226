#include "core/cancel.h"

#include "check.h"

namespace {

using namespace xling;

TEST("cancel: a token that was cancelled throws where it is polled, copies share it") {
  const CancelToken token, copy = token;
  token.check();
  copy.cancel();
  CHECK_THROWS(ErrorCode::aborted, "aborted", token.check());
}

}  // namespace
