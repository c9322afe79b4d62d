#pragma once
// LibTorch's own doors to oneDNN, which have no header: torch.compile goes through them too.

#include <ATen/core/dispatch/Dispatcher.h>

namespace simclr {

template <class Signature>
c10::TypedOperatorHandle<Signature> operation(const char* name, const char* overload = "") {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, overload).typed<Signature>();
}

// Whether this LibTorch has them, and they take this type here: bfloat16 they refuse on processors without
// AVX-512's byte, word and vector length parts, where LibTorch's own operations take it.
bool onednn_takes(at::ScalarType type);

}  // namespace simclr
