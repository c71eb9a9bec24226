/* The border to a device module: a shared library that is opened at run time
 * and may be built by another compiler. Plain C: codes and messages cross it,
 * exceptions and C++ objects do not.
 *
 * A module exports one function:
 *   int32_t xling_backend_open(uint64_t abi, const XlingHost*, XlingBackend*, XlingFault*)
 * `abi` fingerprints this file and every contract's fields; a module refuses
 * any other. Every function returns 0, or an ErrorCode with `fault` filled in. */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define XLING_MODULE_VERSION 1
#define XLING_MODULE_ENTRY "xling_backend_open"

typedef struct XlingFault {
  int32_t code;
  char message[1020]; /* UTF-8, zero-terminated, cut if longer */
} XlingFault;

typedef struct XlingDeviceText {
  char name[32];
  char isa[64];
  char why[256];
  int32_t threads;
} XlingDeviceText;

/* What the host offers to a module. */
typedef struct XlingHost {
  void (*log)(const char* line);
} XlingHost;

typedef struct XlingBackend {
  void* self;
  int32_t (*describe)(void* self, XlingDeviceText* out, XlingFault* fault);
  int32_t (*allocate)(void* self, uint64_t bytes, void** out, XlingFault* fault);
  void (*release)(void* self, void* address, uint64_t bytes);
  int32_t (*write)(void* self, void* device, const void* host, uint64_t bytes, XlingFault* fault);
  int32_t (*read)(void* self, void* host, const void* device, uint64_t bytes, XlingFault* fault);
  int32_t (*zero)(void* self, void* device, uint64_t bytes, XlingFault* fault);
  /* Of a weight prepared for this device; `weight` is a Weight (core/weight.h). */
  int32_t (*weight_bytes)(void* self, int32_t storage, int64_t rows, int64_t cols, uint64_t* out, XlingFault* fault);
  int32_t (*write_weight)(void* self, const void* weight, const void* host, XlingFault* fault);
  int32_t (*read_weight)(void* self, void* host, const void* weight, XlingFault* fault);
  /* `op` is the parameter struct of contract number `contract`. */
  int32_t (*run)(void* self, int32_t contract, const void* op, XlingFault* fault);
  void (*close)(void* self);
} XlingBackend;

typedef int32_t (*XlingBackendOpen)(uint64_t abi, const XlingHost* host, XlingBackend* out, XlingFault* fault);

#ifdef __cplusplus
}
#endif
